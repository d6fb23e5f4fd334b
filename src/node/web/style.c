/*
 * Written for 320 pixels first; wider screens only get more air. Words of any length break (overflow-wrap), nothing
 * scrolls sideways, all that can be touched is at least 44 pixels high.
 */
#include "node/web/style.h"

#include <stdlib.h>
#include <string.h>

#define ICON_SHAPES \
    "<path fill='#0b5f6b' d='M8 6h26a6 6 0 0 1 6 6v14a6 6 0 0 1-6 6H20l-9 8v-8H8a6 6 0 0 1-6-6V12a6 6 0 0 1 6-6z'/>" \
    "<path fill='#e0a030' d='M30 20h26a6 6 0 0 1 6 6v18a6 6 0 0 1-6 6h-3v8l-9-8H30a6 6 0 0 1-6-6V26a6 6 0 0 1 6-6z'/>" \
    "<path fill='#fff' d='M32 30h22v4H32zm0 8h15v4H32z'/>"

const char style_icon[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>" ICON_SHAPES "</svg>";
const char style_icon_inside[] =
    "<svg class=\"icon\" viewBox=\"0 0 64 64\" width=\"32\" height=\"32\" aria-hidden=\"true\">" ICON_SHAPES "</svg>";

static const char *const rules[] = {
    ":root{color-scheme:light "
    "dark;--back:#f5f4f0;--card:#fff;--ink:#1c2024;--soft:#59616a;--line:#d9d6cf;--deep:#0b5f6b;--on:#fff;"
    "--tint:#e4f0f1;--red:#b3261e;--red-back:#fdeceb;--gold:#7a5200;--gold-back:#fdf3dc}\n",
    "@media(prefers-color-scheme:dark){:root{--back:#121517;--card:#1b2024;--ink:#e9ebed;--soft:#a8b1ba;--line:#363d44;"
    "--deep:#7fd0db;"
    "--on:#06272c;--tint:#17343a;--red:#ff9c94;--red-back:#3a1a18;--gold:#f0c36a;--gold-back:#342a12}}\n",
    "*{box-sizing:border-box}\n",
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n",
    "body{margin:0;background:var(--back);color:var(--ink);font:1.0625rem/1.5 system-ui,-apple-system,\"Segoe "
    "UI\",Roboto,\"Noto Sans\","
    "\"Liberation Sans\",\"DejaVu Sans\",sans-serif;overflow-wrap:anywhere;word-break:break-word}\n",
    "header,main,footer,.strip{max-width:46rem;margin:0 auto;padding:0 1rem}\n",
    "header{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;column-gap:.5rem;padding-top:."
    "5rem}\n",
    "a{color:var(--deep);text-underline-offset:.15em}\n",
    "a:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,select:focus-visible,summary:"
    "focus-visible"
    "{outline:3px solid var(--gold);outline-offset:2px}\n",
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static;display:block;padding:.6rem 1rem}\n",
    ".brand{display:flex;align-items:center;gap:.6rem;min-height:44px;font-weight:700;font-size:1.25rem;color:var(--"
    "ink);text-decoration:none}\n",
    ".icon{flex:none}\n",
    ".langs{display:flex;flex-wrap:wrap;margin:0 -.35rem}\n",
    ".langs a,.langs b{display:flex;align-items:center;min-height:44px;min-width:44px;padding:0 "
    ".35rem;justify-content:center}\n",
    ".langs b{color:var(--soft);font-weight:600}\n",
    ".tabs{max-width:46rem;margin:0 auto;padding:0 .5rem;display:flex;flex-wrap:wrap;border-bottom:1px solid "
    "var(--line);font-size:.9375rem}\n",
    ".tabs a{display:flex;align-items:center;min-height:44px;padding:0 .5rem;text-decoration:none;border-bottom:3px "
    "solid transparent;margin-bottom:-1px}\n",
    ".tabs a[aria-current]{border-color:var(--deep);font-weight:600}\n",
    ".strip{margin-top:.75rem}\n",
    ".note,.warn,.good{border-radius:.6rem;padding:.6rem .8rem;margin:.75rem 0;background:var(--tint)}\n",
    ".warn{background:var(--gold-back)}\n",
    "h1{font-size:1.5rem;line-height:1.25;margin:1rem 0 .5rem}\n",
    "h2{font-size:1.125rem;line-height:1.3;margin:1.5rem 0 .5rem}\n",
    "p{margin:.5rem 0}\n",
    ".soft{color:var(--soft);font-size:.9375rem}\n",
    ".list{list-style:none;margin:.5rem 0;padding:0}\n",
    ".card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.7rem .9rem .3rem;margin:0 "
    "0 .6rem}\n",
    ".groups a{display:block;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.7rem "
    ".9rem;margin:0 0 .6rem;"
    "min-height:44px;text-decoration:none;color:var(--ink)}\n",
    ".groups a:hover{border-color:var(--deep)}\n",
    ".groups strong{display:block;font-size:1.125rem;color:var(--deep)}\n",
    ".head{margin-top:0;display:flex;flex-wrap:wrap;gap:.1rem "
    ".6rem;align-items:baseline;color:var(--soft);font-size:.9375rem}\n",
    ".who{font-weight:600;color:var(--ink)}\n",
    ".utc{white-space:nowrap}\n",
    ".mark{border-radius:.4rem;padding:.05rem "
    ".45rem;font-size:.875rem;font-weight:600;background:var(--tint);color:var(--ink)}\n",
    ".urgent{border-left:5px solid var(--red)}.urgent .level{background:var(--red-back);color:var(--red)}\n",
    ".important{border-left:5px solid var(--gold)}.important .level{background:var(--gold-back);color:var(--gold)}\n",
    ".text{margin:.35rem 0;white-space:pre-wrap;overflow:hidden}\n",
    ".quote{display:block;border-left:3px solid "
    "var(--line);padding:.5rem .7rem;margin:.35rem "
    "0;min-height:44px;color:var(--soft);"
    "font-size:.9375rem;text-decoration:none;overflow:hidden}\n",
    ".acts{display:flex;flex-wrap:wrap;gap:0 1rem}\n",
    ".card .acts{margin:0}\n",
    ".acts a,.file{display:inline-flex;align-items:center;min-height:44px}\n",
    ".photo{display:block;max-width:100%;height:auto;border-radius:.5rem;margin:.5rem 0}\n",
    ".pages{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.5rem;margin:.75rem 0}\n",
    ".pages "
    "a,.button,button{display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:.4rem "
    "1.1rem;border-radius:.6rem;"
    "border:1px solid "
    "var(--deep);font:inherit;font-weight:600;text-decoration:none;background:transparent;color:var(--deep);cursor:"
    "pointer;"
    "text-align:center}\n",
    "button,.button.main{background:var(--deep);color:var(--on)}\n",
    "button.plain{background:transparent;color:var(--deep)}\n",
    ".row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.6rem 0}\n",
    "form{margin:.5rem 0}\n",
    "label,legend{display:block;font-weight:600;margin:.6rem 0 .25rem;padding:0}\n",
    "fieldset{border:0;margin:0;padding:0;min-width:0}\n",
    "textarea,select,input[type=text],input[type=search],input[type=file]{width:100%;min-height:44px;padding:.55rem "
    ".7rem;border:1px solid var(--soft);"
    "border-radius:.6rem;background:var(--card);color:var(--ink);font:inherit}\n",
    "textarea{min-height:6.5rem;resize:vertical}\n",
    "input[type=file]{border-style:dashed}\n",
    ".row .grow{flex:1 1 12rem;min-width:0}\n",
    ".row label{margin-top:0}\n",
    ".pick{display:flex;align-items:center;gap:.6rem;min-height:44px;font-weight:400;margin:0}\n",
    ".pick input{width:1.35rem;height:1.35rem;flex:none}\n",
    "details{border:1px solid var(--line);border-radius:.75rem;background:var(--card);padding:0 .9rem;margin:.75rem "
    "0}\n",
    "summary{min-height:44px;display:flex;align-items:center;font-weight:600;color:var(--deep);cursor:pointer}\n",
    "summary::before{content:\"+\";font-size:1.4rem;line-height:1;width:1.4rem;flex:none}details[open] "
    "summary::before{content:\"\\2212\"}\n",
    "details form{padding-bottom:.8rem}\n",
    ".qr{display:block;width:100%;max-width:20rem;height:auto;background:#fff;border-radius:.5rem;margin:.75rem 0}\n",
    ".line{display:block;font:.875rem/1.5 ui-monospace,monospace;background:var(--card);border:1px solid "
    "var(--line);border-radius:.6rem;"
    "padding:.7rem;margin:.5rem 0;-webkit-user-select:all;user-select:all}\n",
    "dl{margin:.5rem 0}dt{font-weight:600;margin-top:.5rem}dd{margin:0}\n",
    "footer{padding-top:1rem;padding-bottom:2rem;color:var(--soft);font-size:.9375rem}\n",
    "@media(min-width:30rem){.tabs{font-size:1.0625rem}}\n",
    "@media(min-width:48rem){.card{padding:.9rem 1.2rem .4rem}h1{font-size:1.75rem}}\n",
    "@media print{.tabs,.langs,form,.acts,.pages{display:none}body{background:#fff;color:#000}}\n",
};

char *style_sheet_make(void) {
    size_t size = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) size += strlen(rules[i]);
    char *sheet = malloc(size + 1);
    if (sheet == NULL) return NULL;
    size_t at = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t length = strlen(rules[i]);
        memcpy(sheet + at, rules[i], length);
        at += length;
    }
    sheet[at] = '\0';
    return sheet;
}
