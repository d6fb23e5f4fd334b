// plug.ts: the parts of the app that put themselves into screens.ts.
import "./conversation.tsx";
import "./search.tsx";
import "./group_info.tsx";
import "./closed.tsx";
import "./photo.tsx";
import "./voice.tsx";
import "./points.tsx";
import "./parcels.tsx";
import "./qr.tsx";
import "./meet.tsx";
import "./keep.tsx";
import "./settings.tsx";
