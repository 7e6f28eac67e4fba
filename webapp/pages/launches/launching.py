"""The launch page: the form of a run, its preview while it is edited, and the one-click example."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from trainer.errors import SpecError
from trainer.messages.message import Message, joined
from trainer.validation.presets import default_spec
from webapp.experiments.examples import create_example
from webapp.launches import lifecycle
from webapp.launches.drafts.draft import Draft
from webapp.launches.drafts.requests import begin_draft, read_draft
from webapp.launches.preview import Preview, preview_of
from webapp.pages.launches.augmentation import before_asking
from webapp.spec_ui.form import Widgets
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role

# The section that is no fold of the form: its field is beside the experiment.
DATA_SECTION = "dataset"
# What is shown under the fields of a section.
UNDER_FIELDS = {"augmentation": "launches/_augmentation.html", "schedule": "launches/_schedule.html"}
NO_CONTENT = 204
UNPROCESSABLE = 422


@requires(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def launch(request: HttpRequest) -> HttpResponse:
    """The form of a new run. A POST with ``_change`` changes the form; any other launches.

    For a form that a browser restores, the answer is empty if it had been launched after all.
    """
    if request.method != "POST":
        draft = begin_draft(request)
        draft.check()
        return render(request, "launches/launch.html", _context(draft))
    draft = read_draft(request)
    if draft.is_restored and draft.launched_already():
        return HttpResponse(status=NO_CONTENT)
    run = None if draft.is_change else draft.launched_already()
    if run is None:
        draft.check()
    if draft.is_change:
        template = "launches/_body.html" if request.htmx else "launches/launch.html"  # type: ignore[attr-defined]
        return render(request, template, _context(draft))
    run = run or draft.launch()
    if run is None:
        return render(request, "launches/launch.html", _context(draft, refused=True), status=UNPROCESSABLE)
    return redirect("run", run.id)


@requires(Role.MEMBER)
@require_POST
def launch_preview(request: HttpRequest) -> HttpResponse:
    """What the form would train, and its problems."""
    draft = read_draft(request)
    draft.check()
    return render(request, "launches/preview/_preview.html", _context(draft) | {"is_alone": True})


@requires(Role.MEMBER)
@require_POST
def launch_example(request: HttpRequest) -> HttpResponse:
    """Launch a run of the example experiment, which is created if it does not exist."""
    person: Any = request.user
    experiment = create_example(team_of(request), person)
    try:
        run = lifecycle.launch(experiment, default_spec(experiment.dataset.facts), user=person, tags=["example"])
    except SpecError as refusal:  # out of space
        messages.error(request, str(joined(*(problem.message for problem in refusal.problems))))
        return redirect("experiment", experiment.id)
    launched = Message("{run} of the example “{experiment}” was launched.", run=run.name, experiment=experiment.name)
    messages.success(request, str(launched))
    return redirect("run", run.id)


def _context(draft: Draft, refused: bool = False) -> dict[str, Any]:
    preview = _preview(draft)
    widgets = draft.widgets()
    wrong = widgets.with_problems
    folds = [fold for fold in widgets.folds if fold.section.name != DATA_SECTION]
    own_errors = [name for name, field in draft.form.fields.items() if draft.form[name].errors] if refused else []
    focus = f"run-{own_errors[0]}" if own_errors else wrong[0].focus_name if wrong and refused else ""
    return {
        "draft": draft,
        "form": draft.form,
        "widgets": widgets,
        "folds": [(fold, UNDER_FIELDS.get(fold.section.name)) for fold in folds],
        "refused": refused,
        "own_errors": [draft.form[name] for name in own_errors],
        "focus": focus or widgets.first_field(draft.spec_form.focus),
        "preview": preview,
        "slots": _slots(widgets) | {fold.short_id: str(fold.short) for fold in folds},
        "changed": [widget.note_id for widget, _ in widgets.changed],
        "differing": [widget.note_id for widget in widgets.differing],
        "augmented": before_asking(draft),
    }


def _preview(draft: Draft) -> Preview | None:
    if draft.spec_form.spec is None or draft.facts is None:
        return None
    try:
        return preview_of(draft.spec_form.spec, draft.facts, draft.team, draft.class_counts, draft.parent)
    except SpecError as error:
        draft.spec_form.problems += error.problems
        return None


def _slots(widgets: Widgets) -> dict[str, str]:
    """The texts of all non-empty slots for an error or a note at a field, by the id of the slot."""
    errors = {widget.error_id: str(joined(*widget.problems)) for widget in widgets.with_problems}
    return errors | {widget.note_id: str(widget.note) for widget in widgets.noted}
