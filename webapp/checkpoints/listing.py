"""The team's checkpoints, filtered and sorted in the database by the parameters of the page's address."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, FloatField, OrderBy, Q, QuerySet, Sum, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message
from trainer.spec import Network
from trainer.spec.fields import titles_of
from trainer.spec.metrics import METRICS, name_in_sentence, on_validation
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import marked_ids, with_marks
from webapp.datasets.access import datasets_of
from webapp.datasets.models import Dataset
from webapp.language.sorting import by_name
from webapp.teams.models import Team, User

# Metrics that a training measures at each of its checkpoints: all where an experiment asks for them, these in any case.
IN_ANY_CASE = [name for name, metric in METRICS.items() if metric.in_training]
OWN_METRIC = ("", _("its experiment's metric"))
METRIC_CHOICES = [
    OWN_METRIC,
    *((on_validation(name), Message("{metric} (validation)", metric=name_in_sentence(name))) for name in METRICS),
    *((name, Message("{metric} (training)", metric=name_in_sentence(name))) for name in IN_ANY_CASE),
]
ANY = ("", _("any"))
MARKS = (("pinned", _("pinned")), ("best", _("best of its run")), ("latest", _("latest of its run")))
STORAGE = (("", _("files kept")), ("gone", _("files removed")), ("all", _("all")))
MAIN_FIELDS = ("dataset", "network", "person", "mark")
NETWORKS = {kind: Message(title) for kind, title in titles_of(Network).items()}
NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")


class CheckpointFilter(forms.Form):
    """The parameters of the address: every field is optional; an invalid one shows its error and is ignored."""

    q = forms.CharField(label=_("Text"), required=False, max_length=100)
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    network = forms.ChoiceField(label=_("Network"), required=False)
    metric = forms.ChoiceField(label=_("Metric"), required=False, choices=METRIC_CHOICES)
    at_least = forms.FloatField(label=_("At least"), required=False)
    at_most = forms.FloatField(label=_("At most"), required=False)
    person = forms.ModelChoiceField(
        label=_("Person"), required=False, queryset=User.objects.none(), empty_label=_("anybody")
    )
    tag = forms.CharField(label=_("Tag"), required=False, max_length=64)
    mark = forms.ChoiceField(label=_("Mark"), required=False, choices=[ANY, *MARKS])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
    storage = forms.ChoiceField(label=_("Files"), required=False, choices=STORAGE)

    def __init__(self, data: Any, team: Team) -> None:
        super().__init__(data, auto_id="filter-%s")
        titles = [(dataset.name, dataset.title) for dataset in datasets_of(team)]
        self.fields["dataset"].choices = [ANY, *titles]  # type: ignore[attr-defined]
        self.fields["network"].choices = [ANY, *NETWORKS.items()]  # type: ignore[attr-defined]
        people = User.objects.filter(memberships__team=team).order_by(by_name("name"), "email")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in MAIN_FIELDS]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in ("q", *MAIN_FIELDS)]

    @property
    def more_is_used(self) -> bool:
        """Whether a folded field has a value, valid or not, so that the part is shown open."""
        return any(field.data for field in self.more_fields)

    @property
    def chosen(self) -> dict[str, Any]:
        """The valid values of the fields."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def checkpoints_of(team: Team) -> QuerySet[Checkpoint]:
    """Every checkpoint of the team, annotated with what a row of the list shows."""
    mine = Checkpoint.objects.filter(run__experiment__team=team, run__deleted_at=None)
    # Without the cast it would be compared as JSON, not as text.
    network = Cast(KeyTextTransform("kind", KeyTransform("network", "run__spec")), TextField())
    shown = mine.select_related("run__experiment", "run__dataset", "run__created_by")
    return shown.defer(*Dataset.heavy_fields_of("run__dataset")).annotate(
        network=network, tags_text=Cast("run__tags", TextField())
    )


def filtered(checkpoints: QuerySet[Checkpoint], chosen: dict[str, Any]) -> QuerySet[Checkpoint]:
    """``checkpoints`` that match what was chosen; each row gets ``shown``, the value of the chosen metric."""
    checkpoints = checkpoints.annotate(shown=_value_of(chosen.get("metric", "")))
    if "mark" in chosen:
        checkpoints = _marked(checkpoints, chosen["mark"])
    return checkpoints.filter(*_conditions(chosen))


def _conditions(chosen: dict[str, Any]) -> list[Q]:
    simple = {
        "dataset": "run__dataset__name",
        "network": "network",
        "person": "run__created_by",
        "since": "created_at__date__gte",
        "until": "created_at__date__lte",
        "at_least": "shown__gte",
        "at_most": "shown__lte",
    }
    conditions = [Q(**{lookup: chosen[name]}) for name, lookup in simple.items() if name in chosen]
    conditions += [_tagged(chosen["tag"])] if "tag" in chosen else []
    conditions += [_mentions(word) for word in chosen.get("q", "").split()]
    storage = chosen.get("storage", "")
    return conditions if storage == "all" else [*conditions, Q(purged_at__isnull=storage != "gone")]


def _mentions(word: str) -> Q:
    fields = ("name", "note", "run__name", "run__notes", "run__experiment__name", "digest", "tags_text")
    condition = Q()
    for field in fields:
        condition |= Q(**{f"{field}__icontains": word})
    return condition


def _tagged(tag: str) -> Q:
    """SQLite stores JSON text with escapes, PostgreSQL without, so either spelling of the tag matches."""
    return Q(tags_text__contains=json.dumps(tag)) | Q(tags_text__contains=json.dumps(tag, ensure_ascii=False))


def _marked(checkpoints: QuerySet[Checkpoint], mark: str) -> QuerySet[Checkpoint]:
    if mark == "pinned":
        return checkpoints.filter(pinned=True)
    return checkpoints.filter(id__in=marked_ids(checkpoints)[mark])


def _value_of(metric: str) -> Any:
    """The number to show and sort by. Values that are not finite are stored as text in JSON and count as missing."""
    if not metric:
        return F("value")
    not_a_number = When(**{f"metrics__{metric}__in": NOT_NUMBERS}, then=Value(None))
    return Case(
        not_a_number, default=Cast(KeyTextTransform(metric, "metrics"), FloatField()), output_field=FloatField()
    )


COLUMNS: dict[str, Any] = {
    "name": (F("epoch"), F("step")),
    "run": (Lower("run__name"),),
    "experiment": (Lower("run__experiment__name"), F("run__number")),
    "dataset": (F("run__dataset__name"),),
    "network": (F("network"),),
    "value": (F("shown"),),
    "epoch": (F("epoch"), F("step")),
    "size": (F("size_bytes"),),
    "person": (Lower(Coalesce(NullIf("run__created_by__name", Value("")), "run__created_by__email")),),
    "created": (F("created_at"),),
    "tags": (F("tags_text"),),
}
NEWEST = "-created"


def ordered(checkpoints: QuerySet[Checkpoint], sort: str) -> tuple[QuerySet[Checkpoint], str]:
    """Sort by ``sort``, a column with "-" before it for descending; also returns the sorting that was applied."""
    if sort.removeprefix("-") == "marks":
        return _ordered_by_marks(checkpoints, sort), sort
    if sort.removeprefix("-") not in COLUMNS:
        sort = NEWEST
    keys = [_order(key, descending=sort.startswith("-")) for key in COLUMNS[sort.removeprefix("-")]]
    return checkpoints.order_by(*keys, "-created_at", "id"), sort


def _order(key: Any, *, descending: bool) -> OrderBy:
    ordered_key: OrderBy = key.desc(nulls_last=True) if descending else key.asc(nulls_last=True)
    return ordered_key


def _ordered_by_marks(checkpoints: QuerySet[Checkpoint], sort: str) -> QuerySet[Checkpoint]:
    """Pinned before best before latest before the rest, or the reverse."""
    cases = (When(pinned=True, then=3), When(is_best=True, then=2), When(is_latest=True, then=1))
    weight = _order(Case(*cases, default=0), descending=not sort.startswith("-"))
    return with_marks(checkpoints).order_by(weight, "-created_at", "id")


def page_of(checkpoints: QuerySet[Checkpoint], number: str | None, rows_a_page: int) -> tuple[Page[Checkpoint], int]:
    """Return one page of sorted ``checkpoints``, and the bytes on disk of all of them.

    Only ids are sorted and skipped: a row brings the spec of its run along, which makes sorting many of them slow.
    """
    on_disk = Sum("size_bytes", filter=Q(purged_at=None))
    totals = checkpoints.order_by().aggregate(count=Count("pk"), num_bytes=on_disk)
    paginator = Paginator(checkpoints.values_list("pk", flat=True), rows_a_page)
    paginator.count = totals["count"]
    page: Page[Any] = paginator.get_page(number)
    ids = list(page.object_list)
    found = checkpoints.order_by().in_bulk(ids)
    page.object_list = [found[pk] for pk in ids if pk in found]
    return page, totals["num_bytes"] or 0
