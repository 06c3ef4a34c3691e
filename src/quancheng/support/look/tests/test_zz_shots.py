import os,sys
sys.path.insert(0,"/work/wt-look")
import pytest
from pathlib import Path
AXE=Path("/work/wt-look/node_modules/axe-core/axe.min.js")
pytestmark=[pytest.mark.django_db(transaction=True)]
def test_shots(live_server):
    from playwright.sync_api import sync_playwright
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="true"
    out=Path("/tmp/look-shots"); out.mkdir(exist_ok=True)
    with sync_playwright() as p:
        b=p.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox","--use-gl=angle","--use-angle=swiftshader","--enable-unsafe-swiftshader"])
        for path,name in (("/design/","public"),("/design/workbench/","dense")):
            for w in (1440,390):
                g=b.new_page(viewport={"width":w,"height":900},locale="zh-CN",reduced_motion="reduce")
                g.on("console",lambda m:m.type in("error","warning") and print("CONSOLE",path,m.text[:300]))
                g.on("pageerror",lambda e:print("ERR",str(e)[:300]))
                g.goto(live_server.url+path); g.wait_for_load_state("networkidle"); g.wait_for_timeout(1500)
                print(path,w,g.evaluate("document.documentElement.scrollWidth"), g.evaluate("[...document.querySelectorAll('[data-qc-chart],[data-qc-map]')].map(e=>e.dataset.qcChart||e.dataset.qcMap).join()"))
                g.screenshot(path=str(out/f"{name}-{w}.png"),full_page=True)
                if w==1440:
                    for mode in ("", "theme=dark","contrast=high","elder=on"):
                        if mode:
                            k,v=mode.split("="); g.evaluate(f"document.documentElement.dataset['{k}']='{v}'"); g.wait_for_timeout(300)
                        g.evaluate(AXE.read_text())
                        f=g.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
                        for i in f["violations"]:
                            for n in i["nodes"][:3]: print("AXE",name,mode,i["id"],n["target"],n["failureSummary"][:250])
                        if mode in("theme=dark","elder=on"): g.screenshot(path=str(out/f"{name}-{mode}.png"),full_page=True)
                        if mode: g.evaluate(f"delete document.documentElement.dataset['{k}']")
                    if name=="dense":
                        g.keyboard.press("Control+k"); g.wait_for_timeout(200); g.screenshot(path=str(out/"palette.png")); g.keyboard.press("Escape"); g.keyboard.press("?"); g.wait_for_timeout(200); g.screenshot(path=str(out/"keys.png"))
                g.close()
        b.close()
