"""The pages in a browser, as a manager meets them: with Debian's Chromium, without JavaScript."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.system.conftest import System, caught_up
from tests.system.test_cli import kepan

CHROMIUM = os.environ.get("KEPAN_CHROMIUM") or shutil.which("chromium")
pytestmark = [
    pytest.mark.xdist_group("system"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: Debian's package chromium brings it"),
]
PLAN = "上海市科技创新“十三五”规划"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system with the demonstration, its report caught up."""
    running = System(tmp_path_factory.mktemp("shown") / "home")
    running.start()
    with running.client() as client:
        caught_up(client)
    yield running
    running.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium; as root it runs without the sandbox that root can not have."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


class Reading:
    """A page in a browser, and everything that the browser complained of."""

    def __init__(self, browser: Browser, javascript: bool = False) -> None:
        self.context: BrowserContext = browser.new_context(java_script_enabled=javascript, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("request", lambda request: self.hosts.add(request.url.partition("://")[2].partition("/")[0]))


def printed_link(system: System) -> str:
    """The link that `kepan up` printed last."""
    found: list[str] = re.findall(r"http://\S+/sign-in\?ticket=\S+", system.log.read_text())
    return found[-1]


def sign_in(reading: Reading, link: str) -> None:
    """Open a link and press its button."""
    reading.page.goto(link)
    reading.page.get_by_role("button", name="登录").click()
    expect(reading.page.get_by_role("heading", level=1)).to_have_text(PLAN)


def test_a_manager_reads_the_plan_from_the_printed_link_to_a_project_and_leaves(
    shown: System, browser: Browser
) -> None:
    reading = Reading(browser)
    page, link = reading.page, printed_link(shown)
    sign_in(reading, link)
    main = page.get_by_role("main")
    expect(main).to_contain_text("演示数据")
    expect(main).to_contain_text(re.compile(r"任务覆盖率\s*\d+/58"))
    with shown.client() as client:
        report = client.get("/reports/coverage", params={"plan": "shanghai-sti-13", "level": "all"}).json()
    totals = report["totals"]
    beside = sum(item["level"] == "measure" and item["projects"] > 0 for item in report["items"])
    expect(main).to_contain_text(f"{totals['covered_tasks']}/58")
    assert beside > 0, "money at measures that stand below no task"
    expect(page.locator(".list tbody tr")).to_have_count(58 + beside)
    expect(page.locator("main > figure svg a")).to_have_count(58 + beside)

    for name in ("各区在各章的已合同金额", "已合同金额的来源与去向", "历年累计已合同金额"):
        expect(main.locator("svg").filter(has_text=name)).to_be_visible()

    page.get_by_role("textbox", name="截至").fill("2017-06-30")
    page.get_by_role("button", name="查看").click()
    assert "as_of=2017-06-30" in page.url
    expect(main).to_contain_text("截至 2017-06-30")

    page.get_by_role("rowheader", name="材料基因组").get_by_role("link").click()
    assert "/tasks/4.8?as_of=2017-06-30" in page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("材料基因组")
    page.locator("a[href^='/projects/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("演示：")
    expect(page.get_by_role("heading", name="经过")).to_be_visible()

    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="如何登录")).to_be_visible()
    page.goto(link)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("main")).to_contain_text("ticket_used")
    refusal = [text for text in reading.complaints if "401" in text]
    assert reading.complaints == refusal, "the browser complains of nothing but the refusal"
    assert reading.hosts == {f"127.0.0.1:{shown.port}"}


def test_nothing_stands_in_the_way_of_a_screen_reader(shown: System, browser: Browser) -> None:
    """axe needs JavaScript; its own script is let past the policy, which the pages keep."""
    reading = Reading(browser, javascript=True)
    page = reading.page
    sign_in(reading, kepan(shown, "signin").stdout.strip())
    addresses = [
        "/",
        "/plans/shanghai-sti-13/tasks/4.8",
        "/plans/shanghai-sti-13/tasks/4?district=310110&year=2017,2018",
    ]
    page.goto(f"{shown.url}{addresses[1]}")
    addresses += [str(page.locator("a[href^='/projects/']").first.get_attribute("href")), "/sign-in", "/plans/none"]
    for address in addresses:
        page.goto(f"{shown.url}{address}")
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], address


def test_staff_see_the_projects_of_their_agency_alone(shown: System, browser: Browser) -> None:
    reading = Reading(browser)
    sign_in(reading, kepan(shown, "signin", "staff", "--agency", "local:DEMO-03").stdout.strip())
    expect(reading.page.get_by_role("main")).to_contain_text("仅含 local:DEMO-03 及其下属单位的项目")
    lacking = kepan(shown, "signin", "staff")
    assert lacking.returncode == 2 and "needs --agency" in lacking.stderr


def test_the_page_fits_a_telephone(shown: System, browser: Browser) -> None:
    reading = Reading(browser)
    reading.page.set_viewport_size({"width": 390, "height": 800})
    sign_in(reading, kepan(shown, "signin").stdout.strip())
    box = reading.page.get_by_role("main").bounding_box()
    assert box is not None and box["width"] <= 390
