/*
 * style.h: the one style sheet and the icon. System fonts, no picture, light and dark by the device's setting.
 */
#ifndef NODE_WEB_STYLE_H
#define NODE_WEB_STYLE_H

/* Return the style sheet, to be freed by the caller; NULL without memory. */
char *style_sheet_make(void);

/* Two speech marks that hold each other, as an SVG file and as the same inside a page. */
extern const char style_icon[];
extern const char style_icon_inside[];

#endif
