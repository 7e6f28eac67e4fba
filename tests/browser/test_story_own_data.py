"""A team's own data in a real browser: a file is uploaded, understood, corrected, prepared, and trained on."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.utils import Bunch

from tests.browser.pages import LONG, RunPage, open_section
from tests.browser.test_whole_site import signed_in  # noqa: F401 - the same browser of a person
from tests.trainer.data.own.made import classes, in_folder, picture, zipped

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def page(signed_in: BrowserContext, browser: Browser) -> Page:  # noqa: F811
    return signed_in.new_page()


def upload(page: Page, path: Path) -> None:
    page.goto("/datasets/")
    page.get_by_role("link", name="New dataset").click()
    page.locator("#upload-file").set_input_files(path)
    page.wait_for_url(re.compile("/datasets/uploads/"))
    expect(page.get_by_role("button", name="Create dataset")).to_be_visible(timeout=LONG)


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def train(page: Page) -> RunPage:
    page.locator("[name='fit.epochs']").first.fill("3")
    page.get_by_role("button", name="Launch", exact=True).click()
    run = RunPage(page)
    run.wait_for("finished")
    return run


def mend_and_train_again(page: Page, run: RunPage) -> None:
    """From a cell of the confusion matrix to a version without the wrong labels, and both runs side by side."""
    page.goto(f"{run.url}#checkpoints")
    page.get_by_role("button", name="Evaluate latest").click()
    page.locator(".matrix td[class^=wrong] a").first.click(timeout=LONG)
    expect(page.get_by_text("examples to check").or_(page.get_by_text("example to check"))).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.get_by_role("button", name="Make a new version").click()
    expect(page.get_by_text("1 example left out")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Train and compare").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()


def test_pictures_in_a_zip_are_understood_prepared_and_trained_on(page: Page, tmp_path: Path) -> None:
    digits, files = load_digits(), {}
    for number, (pixels, kind) in enumerate(zip(digits.images[:200], digits.target[:200], strict=True)):
        file = io.BytesIO()
        Image.fromarray((pixels * 15).astype("uint8")).save(file, "PNG")
        files[f"numbers/{kind}/{number}.png"] = file.getvalue()
    files["numbers/9/wrong.png"] = files["numbers/0/0.png"]
    upload(page, zipped(tmp_path / "numbers.zip", files | {"numbers/1/notes.txt": b"x", "numbers/.DS_Store": b"x"}))
    expect(page.get_by_text("One folder for each class")).to_be_visible()
    expect(page.get_by_role("cell", name="numbers/1/notes.txt")).to_be_visible()
    page.get_by_label("Title").fill("Numbers of mine")
    page.get_by_label("Height").fill("12")
    page.get_by_label("Width").fill("12")
    page.get_by_role("button", name="Update the preview").click()
    expect(page.get_by_text("12 × 12 × 1")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url(re.compile("/datasets/numbers-of-mine/"), timeout=LONG)
    expect(page.get_by_role("heading", name="Numbers of mine")).to_be_visible()
    page.get_by_role("link", name="New run").click()
    run = train(page)
    mend_and_train_again(page, run)


def test_a_folder_is_sent_as_it_is_and_recognised_the_next_time(page: Page, tmp_path: Path) -> None:
    folder = in_folder(tmp_path / "pets", classes("cat", "dog") | {"cover.png": picture(), ".hidden/x.png": b"x"})
    page.goto("/datasets/new/")
    page.locator("#upload-folder").set_input_files(folder)
    page.wait_for_url(re.compile("/datasets/uploads/"))
    expect(page.get_by_text("One folder for each class")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("cell", name="pets/cover.png")).to_be_visible()
    page.get_by_role("button", name="Use the picture without a class").click()
    expect(page.get_by_label("Class of pictures that have none")).to_have_value("other", timeout=LONG)
    page.get_by_label("Class of pictures that have none").fill("")
    page.get_by_role("button", name="Update the preview").click()
    page.get_by_role("button", name="Create dataset").click(timeout=LONG)
    page.wait_for_url(re.compile("/datasets/pets/"), timeout=LONG)
    page.goto("/datasets/new/")
    page.locator("#upload-folder").set_input_files(folder)
    expect(page.get_by_text("This file seems to be the dataset “pets”")).to_be_visible()
    page.get_by_role("link", name="Open the dataset").click()
    page.wait_for_url(re.compile("/datasets/pets/"))


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_is_dropped_is_sent(is_folder: bool, page: Page, tmp_path: Path) -> None:
    files = {f"dropped/{name}": content for name, content in classes("cat", "dog").items()}
    path = in_folder(tmp_path / "in", files) / "dropped" if is_folder else zipped(tmp_path / "dropped.zip", files)
    page.goto("/datasets/new/", wait_until="networkidle")
    drop(page, path)
    page.wait_for_url(re.compile("/datasets/uploads/"))
    expect(page.get_by_text("One folder for each class")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("cat", exact=True).first).to_be_visible()


def drop(page: Page, path: Path) -> None:
    """As the system drops a file or folder on the page."""
    box = page.locator("[data-upload]").bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})


def test_a_table_without_a_header_is_trained_on(page: Page, tmp_path: Path) -> None:
    iris = load_iris()
    cells = [[f"{cell:.1f}".replace(".", ",") for cell in row] for row in iris.data]
    rows = [";".join([*row, "abc"[kind]]) for row, kind in zip(cells, iris.target, strict=True)]
    (tmp_path / "flowers.csv").write_text("\n".join(rows))
    upload(page, tmp_path / "flowers.csv")
    expect(page.get_by_text("separated by semicolons and not named")).to_be_visible()
    expect(page.get_by_label("Target")).to_have_value("column_5")
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url(re.compile("/datasets/flowers/"), timeout=LONG)
    page.get_by_role("link", name="New run").click()
    mend_and_train_again(page, train(page))


def as_excel(path: Path, wine: Bunch) -> None:
    book = Workbook()
    book.active.append([*wine.feature_names, "cultivar"])
    for row, kind in zip(wine.data, wine.target, strict=True):
        book.active.append([*map(float, row), f"cultivar {kind}"])
    book.save(path)


def as_arrays(path: Path, wine: Bunch) -> None:
    np.savez(path, x=wine.data.astype(np.float32), y=wine.target)


@pytest.mark.parametrize(("ending", "write"), [("xlsx", as_excel), ("npz", as_arrays)])
def test_a_sheet_and_arrays_are_trained_on_and_mended(
    ending: str, write: Callable[[Path, Bunch], None], page: Page, tmp_path: Path
) -> None:
    write(tmp_path / f"wine-{ending}.{ending}", load_wine())
    upload(page, tmp_path / f"wine-{ending}.{ending}")
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url(re.compile(f"/datasets/wine-{ending}/"), timeout=LONG)
    page.get_by_role("link", name="New run").click()
    mend_and_train_again(page, train(page))


def test_a_table_with_missing_cells_and_categories_is_tried_with_a_raw_row(page: Page, tmp_path: Path) -> None:
    metals = ("steel", "brass", "")
    lines = [f"{n},{'' if n % 5 == 0 else n % 7},{metals[n % 3]},{10 + n % 4},{'ab'[n % 2]}" for n in range(150)]
    (tmp_path / "alloys.csv").write_text("\n".join(["number,width,metal,grade,class", *lines]))
    upload(page, tmp_path / "alloys.csv")
    expect(column(page, "number")).to_contain_text("It numbers the rows")
    column(page, "grade").get_by_role("combobox").first.select_option("category")
    page.get_by_label("Classes").fill("b\na")
    page.get_by_role("button", name="Update the preview").click()
    expect(page.get_by_label("Classes")).to_have_value("b\na", timeout=LONG)
    expect(column(page, "grade").get_by_role("combobox").first).to_have_value("category")
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url(re.compile("/datasets/alloys/"), timeout=LONG)
    expect(column(page, "metal")).to_contain_text("brass · 50")
    page.get_by_role("link", name="New run").click()
    open_section(page, "Columns")
    page.locator("[name='columns.missing_numbers'][value=median]").check()
    page.locator("[name='columns.categories.kind'][value=embedding]").check()
    expect(page.get_by_role("textbox", name="Numbers for each category")).to_have_value("4")
    run = train(page)
    run.tab("Checkpoints")
    page.get_by_role("link", name="cp-0003").first.click()
    page.get_by_label("metal").select_option("brass")
    page.get_by_label("grade").select_option("12")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#answer .answer-row")).to_have_count(2, timeout=LONG)


def test_a_file_that_teaches_nothing_says_why_and_can_be_discarded(page: Page, tmp_path: Path) -> None:
    page.goto("/datasets/new/")
    page.locator("#upload-file").set_input_files(zipped(tmp_path / "empty.zip", {"readme.txt": b"nothing"}))
    expect(page.get_by_text("No picture is in the folder of a class")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("empty.zip is discarded.")).to_be_visible()


def test_what_is_not_accepted_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"x")
    page.goto("/datasets/new/")
    page.locator("#upload-file").set_input_files(tmp_path / "notes.docx")
    expect(page.get_by_role("alert")).to_contain_text("notes.docx is not accepted; accepted: .zip")
