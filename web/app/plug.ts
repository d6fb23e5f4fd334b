// plug.ts: the parts of the app that put themselves into screens.ts.
import "./photo.tsx";
import "./voice.tsx";
import "./points.tsx";
import "./parcels.tsx";
import "./qr.tsx";
import "./keep.tsx";
import "./settings.tsx";
