"""The pure scripts of the pages, run by Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import playwright

from webapp.metrics.charts import epoch_columns, panels

STATIC = Path(__file__).parents[2] / "static" / "js"
NODE = Path(playwright.__file__).parent / "driver" / "node"
# What the page's catalog gives to scripts before any other, here in English.
TEXTS = """
globalThis.gettext = (text) => text;
globalThis.ngettext = (one, many, count) => (count === 1 ? one : many);
globalThis.interpolate = (text, values) => text.replace(/%\\((\\w+)\\)s/g, (_, name) => String(values[name]));
"""
IN_ENGLISH = ["--import", f"data:text/javascript,{quote(TEXTS)}", "--input-type=module"]
LOOK = {"ink": "black", "muted": "grey", "paper": "white", "line": "silver", "bad": "red", "font": "sans"}


def epochs(values, **more):
    """Payloads of epoch events with the losses ``values``."""
    rows = enumerate(values, start=1)
    return [{"epoch": epoch, "seconds": 2.0, "metrics": {"loss": value}, **more} for epoch, value in rows]


def javascript(code):
    """What ``code``, which may use the page's pure modules, gives to ``done``."""
    script = f"""
    import {{ Series, best, smoothed }} from "{STATIC}/charts/series.js";
    import {{ figure, sameCurves, timeUnit }} from "{STATIC}/charts/figure.js";
    import {{ inAddress, ofAddress }} from "{STATIC}/charts/chart-settings.js";
    import {{ readoutLine, readoutRows }} from "{STATIC}/charts/readout.js";
    import {{ durationText, figureText, settingText }} from "{STATIC}/common/words.js";
    const look = {json.dumps(LOOK)};
    const panel = {json.dumps(panels(["loss", "val_loss"])[0])};
    const draw = (series, options = {{}}) => figure(panel, [{{ label: "", color: "blue", series }}], options, look);
    const done = (value) => console.log(JSON.stringify(value));
    {code}
    """
    ran = subprocess.run([NODE, *IN_ENGLISH, "-e", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def series(values, **more):
    return f"new Series({json.dumps(epoch_columns(epochs(values, **more)))})"
