"""The results of evaluations and predictions, prepared for the pages."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts, joined_labels
from trainer.messages.message import Message
from trainer.spec.metrics import METRICS, title_of
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.jobs.models import JobState
from webapp.pages.checkpoints import figures
from webapp.pages.checkpoints.confusion_matrix import MOST_WITH_NUMBERS, matrix_of

RULES = {
    "default": Message("Default"),
    "f1": Message("Best F1"),
    "balanced_accuracy": Message("Best balanced accuracy"),
}
SCORES = ("precision", "recall", "f1", "support")
# A class whose F1 is this far below the mean of all classes is marked.
LOW_BY = 0.05


def report_of(result: dict[str, Any], facts: DatasetFacts, sort: str = "") -> dict[str, Any]:
    """Template values for the result of an evaluation on the data of ``facts``, its classes sorted by ``sort``.

    Results of earlier releases have no baseline, reliability or thresholds.
    """
    baseline = result.get("baseline")
    common = {
        "baseline": baseline,
        "baseline_sentence": baseline_of(baseline) if baseline else None,
        "task": result["task"],
        "num_examples": result["num_examples"],
        "metric_rows": metric_rows(result["metrics"]),
    }
    if result["task"] == "classification":
        return common | _classification(result, sort)
    if result["task"] == "multilabel":
        return common | _labels(result, sort)
    return common | _regression(result, facts.shown_target_name)


def baseline_of(baseline: dict[str, Any]) -> Message:
    """What the simplest answer reaches on the same examples, as a sentence."""
    answer, metrics = baseline["answer"], baseline["metrics"]
    if isinstance(answer, list):
        return Message(
            "Baseline: always answering {labels}, what at least half of the training examples have, is exactly right "
            "for {share:.1%} of these examples.",
            labels=joined_labels(answer),
            share=metrics["exact_match"],
        )
    if isinstance(answer, str):
        return Message(
            "Baseline: always answering {answer}, the most frequent class of the training data, is right for "
            "{share:.1%} of these examples.",
            answer=answer,
            share=metrics["accuracy"],
        )
    return Message(
        "Baseline: always answering {answer:.4g}, the mean of the training data, is off by {error:.4g} on average.",
        answer=answer,
        error=metrics["mean_absolute_error"],
    )


def metric_rows(metrics: dict[str, Any]) -> list[tuple[str, Message, Any]]:
    """Name, label and value, the most important first."""
    order = [*METRICS, *sorted(set(metrics) - set(METRICS))]
    return [(name, title_of(name), metrics[name]) for name in order if name in metrics]


def _classification(result: dict[str, Any], sort: str) -> dict[str, Any]:
    matrix = matrix_of(result["classes"], result["confusion"])
    num_wrong = sum(cell.count for row in matrix.rows for cell in row.cells if not cell.right)
    sort = sort or ("f1" if len(result["per_class"]) > MOST_WITH_NUMBERS else "")
    return _by_class(result, sort) | {
        "matrix": matrix,
        "worst_confusions": matrix.worst(),
        "num_wrong": num_wrong,
        "num_problems": len(result.get("label_problems", [])),
        "figures": _class_figures(result),
        "threshold": threshold_of(result),
    }


def _labels(result: dict[str, Any], sort: str) -> dict[str, Any]:
    num_wrong = round((1 - result["metrics"]["exact_match"]) * result["num_examples"])
    return _by_class(result, sort) | {"num_wrong": num_wrong}


def _by_class(result: dict[str, Any], sort: str) -> dict[str, Any]:
    """The scores of each class or label, and the mistakes."""
    per_class, mistakes = result["per_class"], result["mistakes"]
    return {
        "per_class": sorted_classes(per_class, sort),
        "sort": sort,
        "means": means_of(per_class),
        "mistakes": mistakes,
        "columns": _columns_of(mistakes),
    }


def _columns_of(examples: list[dict[str, Any]]) -> list[str]:
    """The columns of examples that are rows of a table."""
    return list(examples[0]["row"]) if examples and "row" in examples[0] else []


def _class_figures(result: dict[str, Any]) -> dict[str, figures.Figure]:
    drawn: dict[str, figures.Figure] = {}
    if "reliability" in result:
        drawn["reliability"] = figures.reliability(result["reliability"])
    curves = result.get("threshold", {})
    if curves.get("roc"):
        drawn["roc"] = figures.roc(curves["roc"])
    if curves.get("precision_recall"):
        drawn["precision_recall"] = figures.precision_recall(curves["precision_recall"], curves["share"])
    return drawn


def threshold_of(result: dict[str, Any]) -> dict[str, Any]:
    """Thresholds of a classifier of two classes with the names of their rules, and which split they were chosen on."""
    if "threshold" not in result:
        return {}
    found = result["threshold"]
    choices = [choice | {"label": RULES[choice["rule"]]} for choice in found["choices"]]
    return {
        "positive": found["positive"],
        "choices": choices,
        "num_validation": found["num_validation"],
        "is_own_choice": result["split"] == found["chosen_on"],
    }


def means_of(per_class: list[dict[str, Any]]) -> dict[str, float]:
    """Mean over the classes that occur, each counting the same ("macro average")."""
    present = [entry for entry in per_class if entry["support"]]
    scores = {name: sum(entry[name] for entry in present) / max(len(present), 1) for name in SCORES[:3]}
    return scores | {"support": sum(entry["support"] for entry in per_class), "low": scores["f1"] - LOW_BY}


def sorted_classes(per_class: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """``by`` is a column, with "-" before it for descending; anything else leaves the dataset's order."""
    column = by.removeprefix("-")
    if column not in (*SCORES, "name"):
        return per_class
    return sorted(per_class, key=lambda entry: entry[column], reverse=by.startswith("-"))


def _regression(result: dict[str, Any], target: Message) -> dict[str, Any]:
    worst = result["worst"]
    return {
        "target_name": target,
        "figures": {
            "predicted": figures.predicted_against_actual(result["pairs"], target),
            "residuals": figures.residuals(result["residual_histogram"], target),
        },
        "worst": worst,
        "columns": _columns_of(worst),
    }


def others_of(evaluation: Evaluation) -> list[Evaluation]:
    """The newest finished evaluation on the same split of each checkpoint of the run, by epoch."""
    done = Evaluation.objects.filter(
        checkpoint__run=evaluation.checkpoint.run_id,
        dataset=evaluation.dataset_id,
        split=evaluation.split,
        state=JobState.FINISHED,
    )
    newest: dict[Any, Evaluation] = {}
    for each in done.select_related("checkpoint").order_by("finished_at", "created_at"):
        newest[each.checkpoint_id] = each
    newest[evaluation.checkpoint_id] = evaluation
    by_age = sorted(newest.values(), key=lambda each: (each.checkpoint.epoch, each.checkpoint.step))
    return by_age if len(by_age) > 1 else []


def headline(evaluation: Evaluation) -> list[tuple[Message, Any]]:
    """The one or two numbers that summarise a finished evaluation."""
    metrics = evaluation.result.get("metrics", {})
    names = [name for name, metric in METRICS.items() if metric.headline and name in metrics] or list(metrics)
    return [(Message(METRICS[name].short if name in METRICS else name), metrics[name]) for name in names[:2]]


def answer_of(prediction: Prediction, facts: DatasetFacts) -> dict[str, Any]:
    """The result of the prediction, with its notes as messages and the name of the target for people."""
    notes = [Message.from_json(note) for note in prediction.result.get("notes", ())]
    return prediction.result | ({"notes": notes} if notes else {}) | {"target_name": facts.shown_target_name}


def answer_line(prediction: Prediction) -> str:
    """The answer in a few words, for a list."""
    if prediction.state != JobState.FINISHED:
        return str(prediction.get_state_display())
    if "classes" in prediction.result:
        first = prediction.result["classes"][0]
        return f"{first['name']}, {100 * first['probability']:.1f} %"
    if "labels" in prediction.result:
        return joined_labels(each["name"] for each in prediction.result["labels"] if each["is_given"])
    return f"{prediction.result['value']:.4g}"
