"""Try it: a picture or a row, the answer, and what is refused."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.factories import make_checkpoint, make_experiment, make_run, make_user
from tests.made_up import table_facts
from trainer.data.facts import ColumnFacts
from webapp.checkpoints.models import Prediction
from webapp.datasets.models import Dataset
from webapp.jobs import lifecycle
from webapp.jobs.models import JobState
from webapp.pages.checkpoints.prediction_form import form_for
from webapp.workers.reconciler import Reconciler

COLUMNS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


@pytest.fixture
def digits(team, member):
    return make_checkpoint(make_run(make_experiment(team, member), member, "finished"), 5)


@pytest.fixture
def iris(team, member):
    return make_checkpoint(make_run(make_experiment(team, member, "iris"), member, "finished"), 5)


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, kind)
    return file.getvalue()


def ask(client, checkpoint, **data):
    return client.post(reverse("checkpoint-try", args=[checkpoint.id]), data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_queued_as_it_is(client_of, member, digits, kind):
    response = ask(client_of(member), digits, picture=SimpleUploadedFile("x.bin", picture(kind)))
    prediction = digits.predictions.get()
    assert response.url == reverse("prediction", args=[prediction.id])
    assert bytes(prediction.picture) == picture(kind)
    assert (prediction.state, prediction.created_by) == ("queued", member)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"%PDF-1.7", "is not a PNG, JPEG or WebP picture"),
        (b"RIFF\0\0\0\0WAVE", "is not a PNG, JPEG or WebP picture"),
        (picture("GIF"), "is not a PNG, JPEG or WebP picture"),
    ],
)
def test_another_file_is_refused_at_the_field(client_of, member, digits, content, sentence):
    response = ask(client_of(member), digits, picture=SimpleUploadedFile("x.png", content))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Prediction.objects.exists()


def test_no_picture_is_refused_at_the_field(client_of, member, digits):
    assert "Choose a picture first" in ask(client_of(member), digits).content.decode()


def test_a_picture_that_is_too_large_is_refused_with_both_sizes(client_of, member, digits, settings):
    settings.UPLOAD_MAX_BYTES = 1024
    html = ask(
        client_of(member), digits, picture=SimpleUploadedFile("x.png", picture() + b"\0" * 1024)
    ).content.decode()
    assert f"x.png has {len(picture()) + 1024:,} bytes; at most 1,024 bytes are accepted" in html


def test_a_row_is_queued_in_the_order_of_the_columns(client_of, member, iris):
    ask(client_of(member), iris, **{f"column-{index}": value for index, value in enumerate((5.1, 3.5, 1.4, -2))})
    assert iris.predictions.get().row == [5.1, 3.5, 1.4, -2.0]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "Give a number."),
        ("many", "This is not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("1e300", "less than or equal to 1e+30"),
    ],
)
def test_a_wrong_number_is_refused_at_its_field_and_the_others_stay(client_of, member, iris, value, sentence):
    row = {"column-0": "5.1", "column-1": value, "column-2": "1", "column-3": "2"}
    response = ask(client_of(member), iris, **row)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert 'value="5.1"' in html
    assert html.count('class="field-error"') == 1


def test_the_form_of_a_table_hints_at_means_and_brings_an_example(client_of, member, iris):
    columns = [{"name": name, "mean": 5.843333} for name in COLUMNS]
    summary = {"columns": columns, "samples": [{"values": [5.1, 3.5, 1.4, 0.2], "label": "setosa"}]}
    Dataset.objects.filter(name="iris").update(state="finished", summary=summary)
    html = client_of(member).get(reverse("checkpoint", args=[iris.id])).content.decode()
    assert 'placeholder="5.843"' in html
    assert 'data-fill-row="[5.1, 3.5, 1.4, 0.2]"' in html


def test_viewers_may_not_ask_and_outsiders_see_nothing(client_of, viewer, outsider, digits):
    assert ask(client_of(viewer), digits).status_code == 403
    assert ask(client_of(outsider), digits).status_code == 404
    prediction = Prediction.objects.create(checkpoint=digits)
    assert client_of(outsider).get(reverse("prediction", args=[prediction.id])).status_code == 404


def test_the_answer_is_polled_and_then_stands_there(client_of, viewer, digits):
    prediction = Prediction.objects.create(checkpoint=digits, picture=picture())
    url = reverse("prediction-status", args=[prediction.id])
    assert "hx-get" in client_of(viewer).get(url).content.decode()
    classes = [{"name": "seven", "probability": 0.981}, {"name": "one", "probability": 0.019}]
    prepared = {"image": "data:image/png;base64,AAAA"}
    result = {"classes": classes, "prepared": prepared, "notes": ["Resized from 9 × 9 to 8 × 8 pixels."]}
    Prediction.objects.filter(pk=prediction.pk).update(state="finished", result=result)
    html = client_of(viewer).get(url).content.decode()
    for text in ("seven", "98.1 %", "data:image/png;base64,AAAA", "Resized from 9 × 9"):
        assert text in html
    assert "hx-get" not in html


def test_a_number_is_answered_with_its_name_and_the_row(client_of, viewer, iris):
    result = {"value": 210.8, "target_name": "progression", "prepared": {"row": {}}, "notes": []}
    prediction = Prediction.objects.create(checkpoint=iris, row=[5.1, 3.5, 1.4, 0.2], state="finished", result=result)
    html = client_of(viewer).get(reverse("prediction", args=[prediction.id])).content.decode()
    for text in ("species", "210.8", "petal width (cm)", "5.1"):
        assert text in html


def test_a_refusal_of_the_worker_is_told(client_of, viewer, digits):
    fields = {"state": "failed", "error": "The picture cannot be decoded.", "advice": "Choose another."}
    prediction = Prediction.objects.create(checkpoint=digits, picture=b"x", **fields)
    html = client_of(viewer).get(reverse("prediction", args=[prediction.id])).content.decode()
    assert "The picture cannot be decoded." in html
    assert "Choose another." in html


def test_earlier_tries_are_listed_with_their_answers(client_of, viewer, digits):
    result = {"classes": [{"name": "seven", "probability": 0.981}]}
    Prediction.objects.create(checkpoint=digits, state="finished", result=result)
    html = client_of(viewer).get(reverse("checkpoint", args=[digits.id])).content.decode()
    assert "seven, 98.1 %" in html


def answered(checkpoint, by, days_ago=0, **fields):
    """A picture that was asked about, and has its answer."""
    prediction = Prediction.objects.create(checkpoint=checkpoint, created_by=by, picture=picture(), **fields)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return prediction


@pytest.mark.parametrize("state", [JobState.FINISHED, JobState.FAILED, JobState.STOPPED])
def test_an_upload_is_not_kept_however_it_ended(member, digits, state):
    prediction = answered(digits, member, state="running", attempt=1)
    assert lifecycle.end(prediction, state, result={"notes": []})
    prediction.refresh_from_db()
    assert (prediction.picture, prediction.state) == (None, state)


def test_an_upload_that_is_stopped_in_the_queue_is_not_kept(member, digits):
    prediction = answered(digits, member)
    lifecycle.request_stop(prediction)
    assert Prediction.objects.get().picture is None


def test_an_upload_that_goes_back_into_the_queue_is_still_there(member, digits):
    prediction = answered(digits, member, state="running", attempt=1)
    lifecycle.requeue(prediction, "the worker is leaving", restart=False)
    assert bytes(Prediction.objects.get().picture) == picture()


@pytest.mark.django_db(transaction=True)
def test_answers_go_after_the_days_that_the_setting_says(settings, member, digits):
    settings.PREDICTIONS_KEPT_DAYS = 3
    kept = answered(digits, member, days_ago=2, state="finished")
    waiting = answered(digits, member, days_ago=9)
    for state in ("finished", "failed", "stopped"):
        answered(digits, member, days_ago=4, state=state)
    Reconciler().run_once()
    assert set(Prediction.objects.all()) == {kept, waiting}


@pytest.mark.parametrize("state", ["queued", "running", "finished", "failed"])
def test_who_gave_an_example_deletes_it_at_once(client_of, member, digits, state):
    prediction = answered(digits, member, state=state)
    page = client_of(member).get(reverse("prediction", args=[prediction.id])).content.decode()
    url = reverse("prediction-delete", args=[prediction.id])
    assert url in page
    response = client_of(member).post(url, follow=True)
    assert "The example and its answer were deleted." in response.content.decode()
    assert not Prediction.objects.exists()


def test_admins_delete_any_example_and_others_none(client_of, admin, member, viewer, team, digits):
    prediction = answered(digits, member, state="finished")
    url = reverse("prediction-delete", args=[prediction.id])
    other = make_user("other@example.org", team)
    assert url not in client_of(other).get(reverse("prediction", args=[prediction.id])).content.decode()
    assert [client_of(user).post(url).status_code for user in (other, viewer, admin)] == [403, 403, 302]
    assert not Prediction.objects.exists()


SIZE = ColumnFacts(name="size", has_missing=True)
COLOUR = ColumnFacts(name="colour", categories=("blue", "red"))
METAL = ColumnFacts(name="metal", categories=("brass", "steel"), has_missing=True)
MIXED = table_facts(("size", "colour", "metal"), ("no", "yes"), 9).model_copy(update={"columns": (SIZE, COLOUR, METAL)})


@pytest.mark.parametrize(
    ("posted", "row"),
    [
        ({"column-0": "2.5", "column-1": "red", "column-2": "steel"}, [2.5, "red", "steel"]),
        ({"column-0": "", "column-1": "blue", "column-2": ""}, [None, "blue", None]),
        ({"column-0": "1", "column-1": ""}, {"column-1": ["Choose one."]}),
        ({"column-1": "gold"}, {"column-1": ["Select a valid choice. gold is not one of the available choices."]}),
        ({"column-0": "x", "column-1": "red"}, {"column-0": ["This is not a number; write it like 12.5."]}),
    ],
)
def test_a_raw_row_has_categories_by_name_and_may_be_empty_where_the_data_is(posted, row, rf):
    form = form_for(MIXED, {}, rf.post("/", posted))
    assert (form.answer["row"] if form.is_valid() else dict(form.errors)) == row
