"""Where a worker finds the data of a run: in the store, or prepared by the trainer itself."""

from __future__ import annotations

import shutil

import pytest

from tests.factories import make_dataset, make_experiment, make_preview, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from trainer.spec import DatasetChoice, Spec
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Dataset
from webapp.runs.models import ResumeCheck, Run
from webapp.storage import prepared
from webapp.teams.models import Team
from webapp.workers.handlers.checkpoints import EvaluationWork, PredictionWork, ResumeCheckWork
from webapp.workers.handlers.datasets import AugmentationPreviewWork
from webapp.workers.handlers.needs import CannotContinue
from webapp.workers.handlers.training import RunWork

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def parts(data, team: Team) -> Dataset:
    return make_dataset(team)


@pytest.fixture
def run(parts: Dataset, team: Team, member) -> Run:
    spec = Spec(dataset=DatasetChoice(name="parts", content_hash=parts.content_hash))
    return make_run(make_experiment(team, member, "parts"), member, "running", spec=spec)


def test_every_job_on_data_gets_its_folder(data, run, parts):
    checkpoint = make_checkpoint_with_files(run, 5)
    folder = str(data / "datasets" / parts.content_hash)
    assert RunWork(run).request()["data"] == folder
    assert EvaluationWork(Evaluation.objects.create(checkpoint=checkpoint, split="test")).request()["data"] == folder
    assert ResumeCheckWork(ResumeCheck.objects.create(run=run)).request()["data"] == folder
    preview = make_preview(parts.team, run.created_by, dataset=parts)
    assert AugmentationPreviewWork(preview).request()["data"] == folder


def test_a_question_needs_the_facts_and_not_the_data(run, parts):
    checkpoint = make_checkpoint_with_files(run, 5)
    shutil.rmtree(prepared.folder_of(parts.content_hash))
    asked = PredictionWork(Prediction.objects.create(checkpoint=checkpoint, row=[1, 2, 3, 4])).request()
    assert asked["facts"] == parts.facts.model_dump(mode="json")
    assert "data" not in asked


def test_data_of_the_bucket_is_fetched(bucket, run, parts, data):
    prepared.publish(parts.content_hash)
    shutil.rmtree(data / "datasets")
    assert RunWork(run).request()["data"] == str(data / "datasets" / parts.content_hash)


def test_own_data_that_is_nowhere_ends_the_run_in_a_sentence(run, parts, data):
    shutil.rmtree(data / "datasets")
    with pytest.raises(CannotContinue, match="is not in the data folder of this machine") as refusal:
        RunWork(run).request()
    assert (refusal.value.cause, str(refusal.value.advice)) == ("bad_data", "Prepare the dataset again.")


def test_own_data_in_a_bucket_that_does_not_answer_is_waited_for(bucket, run, parts, data, settings):
    shutil.rmtree(data / "datasets")
    settings.CHECKPOINT_STORE = settings.CHECKPOINT_STORE | {"bucket_name": "no-such-bucket"}
    with pytest.raises(CannotContinue, match="The job waited"):
        RunWork(run).request()


def test_data_that_everybody_has_is_prepared_by_the_trainer_when_the_store_has_none(data, team, member):
    run = make_run(make_experiment(team, member, "digits"), member, "running")
    assert "data" not in RunWork(run).request()
    Dataset.objects.filter(name="digits").update(content_hash="a" * 64, num_bytes=1)
    assert "data" not in RunWork(Run.objects.get(pk=run.pk)).request()
