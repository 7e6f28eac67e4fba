"""Who may do what at every address: the table that ``test_access_rules.py`` holds the site to.

A line says for a route (as Django prints it) which methods it answers and who may use them. ``look`` is for pages,
``act`` for changes by POST, ``form`` for a page that is also posted to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from trainer.spec import Spec

PUBLIC, SIGNED_IN, VIEWER, MEMBER, ADMIN = "public", "signed in", "viewer", "member", "admin"
OPERATOR = "operator"  # of the site, in whatever team


@dataclass(frozen=True)
class Rule:
    """The role that each method needs; methods that are not named are refused to everybody.

    ``of_team``: whether the address names something of a team, which outsiders must not find.
    ``body``: what a POST needs to come as far as the question who sends it.
    """

    methods: dict[str, str]
    of_team: bool = True
    body: dict[str, Any] = field(default_factory=dict)


def look(role: str, of_team: bool = True) -> Rule:
    return Rule({"GET": role}, of_team)


def act(role: str, of_team: bool = True, body: dict[str, Any] | None = None) -> Rule:
    return Rule({"POST": role}, of_team, body or {})


def form(role: str, of_team: bool = True) -> Rule:
    return Rule({"GET": role, "POST": role}, of_team)


SHARED = {"of_team": False}  # everybody has one, or all teams share it

RULES: dict[str, Rule] = {
    # people and teams
    "": look(VIEWER, **SHARED),
    "sign-in/": form(PUBLIC, **SHARED),
    "sign-in/<str:token>/": form(PUBLIC, **SHARED),
    "sign-out/": act(PUBLIC, **SHARED),
    "theme/": act(PUBLIC, **SHARED),
    "language/": act(PUBLIC, **SHARED),
    "language/<str:code>/<str:version>/texts.js": look(PUBLIC, **SHARED),
    "welcome/<str:token>/": form(PUBLIC, **SHARED),
    "join/<str:token>/": form(PUBLIC, **SHARED),
    "no-team/": look(SIGNED_IN, **SHARED),
    "account/": look(SIGNED_IN, **SHARED),
    "account/name/": act(SIGNED_IN, **SHARED),
    "account/password/": act(SIGNED_IN, **SHARED),
    "account/tokens/new/": act(VIEWER, **SHARED),
    "account/tokens/<uuid:token_id>/revoke/": act("owner"),
    "team/": look(VIEWER, **SHARED),
    "team/new/": act(OPERATOR, **SHARED),
    "team/rename/": act(ADMIN, **SHARED),
    "team/<uuid:team_id>/switch/": act(VIEWER),
    "team/members/<uuid:membership_id>/role/": act(ADMIN, body={"role": "viewer"}),
    "team/members/<uuid:membership_id>/remove/": act(ADMIN),
    "team/invitations/new/": act(ADMIN, **SHARED),
    "team/invitations/<uuid:invitation_id>/revoke/": act(ADMIN),
    "team/tokens/<uuid:token_id>/revoke/": act(ADMIN),
    # the site, for operators
    "site/": look(OPERATOR, **SHARED),
    "site/people/<int:person_id>/": look(OPERATOR, **SHARED),
    "site/people/<int:person_id>/deactivate/": act(OPERATOR, **SHARED),
    "site/people/<int:person_id>/activate/": act(OPERATOR, **SHARED),
    "site/people/<int:person_id>/sign-out/": act(OPERATOR, **SHARED),
    "site/people/<int:person_id>/link/": act(OPERATOR, **SHARED),
    "site/people/<int:person_id>/operator/": act(OPERATOR, **SHARED),
    "site/people/<int:person_id>/no-operator/": act(OPERATOR, **SHARED),
    "site/teams/": look(OPERATOR, **SHARED),
    "site/teams/new/": act(OPERATOR, **SHARED),
    "site/teams/<uuid:team_id>/quota/": act(OPERATOR, **SHARED),
    "site/members/<uuid:membership_id>/admin/": act(OPERATOR, **SHARED),
    "site/log/": look(OPERATOR, **SHARED),
    "help/": look(SIGNED_IN, **SHARED),
    "help/fields/": look(SIGNED_IN, **SHARED),
    # experiments and runs
    "experiments/": look(VIEWER, **SHARED),
    "experiments/new/": form(MEMBER, **SHARED),
    "experiments/<uuid:experiment_id>/": look(VIEWER),
    "experiments/<uuid:experiment_id>/export/": look(VIEWER),
    "experiments/<uuid:experiment_id>/edit/": form(MEMBER),
    "experiments/<uuid:experiment_id>/archive/": act(MEMBER),
    "experiments/<uuid:experiment_id>/unarchive/": act(MEMBER),
    "runs/": look(VIEWER, **SHARED),
    "runs/active/": look(VIEWER, **SHARED),
    "runs/export/": look(VIEWER, **SHARED),
    "runs/stop/": act(MEMBER, **SHARED),
    "runs/delete/": act(MEMBER, **SHARED),
    "runs/restore/": act(MEMBER, **SHARED),
    "runs/tag/": act(MEMBER, **SHARED),
    "runs/new/": form(MEMBER, **SHARED),
    "runs/new/preview/": act(MEMBER, **SHARED),
    "runs/new/augmentation/": act(MEMBER, **SHARED),
    "runs/new/augmentation/<uuid:preview_id>/": look(MEMBER),
    "runs/new/example/": act(MEMBER, **SHARED),
    "runs/<uuid:run_id>/": look(VIEWER),
    "runs/<uuid:run_id>/events/": look(VIEWER),
    "runs/<uuid:run_id>/step-losses/": look(VIEWER),
    "runs/<uuid:run_id>/parts/": look(VIEWER),
    "runs/<uuid:run_id>/log/": look(VIEWER),
    "runs/<uuid:run_id>/spec/": look(VIEWER),
    "runs/<uuid:run_id>/stop/": act(MEMBER),
    "runs/<uuid:run_id>/resume/": act(MEMBER),
    "runs/<uuid:run_id>/check-resume/": act(MEMBER),
    "runs/<uuid:run_id>/check-resume/stop/": act(MEMBER),
    "runs/<uuid:run_id>/reproduce/": act(MEMBER),
    "runs/<uuid:run_id>/delete/": act(MEMBER),
    "runs/<uuid:run_id>/restore/": act(MEMBER),
    "runs/<uuid:run_id>/purge/": act(ADMIN),
    "runs/<uuid:run_id>/edit/": act(MEMBER),
    "compare/": look(VIEWER, **SHARED),
    "compare/parts/": look(VIEWER, **SHARED),
    # checkpoints, evaluations, predictions
    "checkpoints/": look(VIEWER, **SHARED),
    "checkpoints/free/": form(MEMBER, **SHARED),
    "checkpoints/<uuid:id>/": look(VIEWER),
    "checkpoints/<uuid:id>/download/": look(VIEWER),
    "checkpoints/<uuid:id>/pin/": act(MEMBER),
    "checkpoints/<uuid:id>/note/": act(MEMBER),
    "checkpoints/<uuid:id>/verify/": act(MEMBER),
    "checkpoints/<uuid:id>/delete/": act(MEMBER),
    "checkpoints/<uuid:id>/evaluate/": act(MEMBER, body={"split": "test"}),
    "checkpoints/<uuid:id>/try/": act(MEMBER),
    "evaluations/<uuid:id>/": look(VIEWER),
    "evaluations/<uuid:id>/status/": look(VIEWER),
    "evaluations/<uuid:id>/stop/": act(MEMBER),
    "predictions/<uuid:id>/": look(VIEWER),
    "predictions/<uuid:id>/status/": look(VIEWER),
    "predictions/<uuid:id>/delete/": act(MEMBER),
    # datasets and workers belong to all teams
    "datasets/": look(VIEWER, **SHARED),
    "datasets/new/": look(MEMBER, **SHARED),
    "datasets/uploads/": act(MEMBER, **SHARED),
    "datasets/uploads/python/": look(MEMBER, **SHARED),
    "datasets/uploads/python/status/": look(MEMBER, **SHARED),
    "datasets/uploads/python/scan/": act(MEMBER, **SHARED),
    "datasets/uploads/python/begin/": act(MEMBER, **SHARED),
    "datasets/uploads/<uuid:upload_id>/": look(MEMBER),
    "datasets/uploads/<uuid:upload_id>/part/": act(MEMBER),
    "datasets/uploads/<uuid:upload_id>/status/": look(MEMBER),
    "datasets/uploads/<uuid:upload_id>/look/": act(MEMBER),
    "datasets/uploads/<uuid:upload_id>/remedy/": act(MEMBER),
    "datasets/uploads/<uuid:upload_id>/accept/": act(MEMBER),
    "datasets/uploads/<uuid:upload_id>/discard/": act(MEMBER),
    "datasets/<slug:name>/": look(VIEWER, **SHARED),
    "datasets/<slug:name>/status/": look(VIEWER, **SHARED),
    "datasets/<slug:name>/delete/": act("owner", **SHARED),
    "datasets/<slug:name>/prepare/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/examples/": look(VIEWER, **SHARED),
    "datasets/<slug:name>/relabel/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/leave-out/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/take-back/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/forget/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/mend/": act(MEMBER, **SHARED),
    "datasets/<slug:name>/train/": act(MEMBER, **SHARED),
    "workers/": look(VIEWER, **SHARED),
    # for programs
    "healthz/": look(PUBLIC, **SHARED),
    "api/v1/": look(PUBLIC, **SHARED),
    "api/v1/docs/": look(PUBLIC, **SHARED),
    "api/v1/openapi.json": look(PUBLIC, **SHARED),
    "api/v1/datasets": Rule({"GET": VIEWER, "POST": MEMBER}, False, {"name": "a.csv", "num_bytes": 9}),
    "api/v1/datasets/<slug:name>/recipes": look(VIEWER, **SHARED),
    "api/v1/datasets/<slug:name>/versions": Rule({"GET": VIEWER, "POST": MEMBER}, False),
    "api/v1/datasets/<slug:name>/examples": look(VIEWER, **SHARED),
    "api/v1/datasets/<slug:name>/corrections": Rule(
        {"GET": VIEWER, "POST": MEMBER}, False, {"corrections": [{"index": 0, "label": None}]}
    ),
    "api/v1/datasets/<slug:name>/corrections/discard": act(MEMBER, **SHARED),
    "api/v1/runs/<uuid:id>/train-on": act(MEMBER, body={"version": 1}),
    "api/v1/plugins": look(MEMBER, **SHARED),
    "api/v1/plugins/read": act(MEMBER, **SHARED),
    "api/v1/plugins/datasets": act(MEMBER, **SHARED, body={"plugin": "moons.py:moons"}),
    "api/v1/uploads/<uuid:id>": look(MEMBER),
    "api/v1/uploads/<uuid:id>/part": Rule({"PUT": MEMBER}),
    "api/v1/uploads/<uuid:id>/look": act(MEMBER),
    "api/v1/uploads/<uuid:id>/accept": act(MEMBER),
    "api/v1/uploads/<uuid:id>/discard": act(MEMBER),
    "api/v1/workers": look(VIEWER, **SHARED),
    "api/v1/runs": Rule({"GET": VIEWER, "POST": MEMBER}, False, {"experiment": "New", "spec": Spec().to_json()}),
    "api/v1/runs/<uuid:id>": look(VIEWER),
    "api/v1/runs/<uuid:id>/metrics": look(VIEWER),
    "api/v1/runs/<uuid:id>/step-losses": look(VIEWER),
    "api/v1/runs/<uuid:id>/stop": act(MEMBER),
    "api/v1/runs/<uuid:id>/resume": act(MEMBER),
    "api/v1/runs/<uuid:id>/check-resume": act(MEMBER),
    "api/v1/runs/<uuid:id>/reproduce": act(MEMBER),
    "api/v1/runs/<uuid:id>/delete": act(MEMBER),
    "api/v1/runs/<uuid:id>/restore": act(MEMBER),
    "api/v1/runs/<uuid:id>/purge": Rule({"GET": VIEWER, "POST": ADMIN}),
    "api/v1/space": look(VIEWER, **SHARED),
    "api/v1/space/quota": Rule({"PUT": OPERATOR}, False, {"quota_bytes": 10**9}),
    "api/v1/checkpoints/free": Rule({"GET": MEMBER, "POST": MEMBER}, False, {"checkpoints": [str(UUID(int=1))]}),
    "api/v1/checkpoints/<uuid:id>/verify": act(MEMBER),
    "api/v1/checkpoints/<uuid:id>/pin": act(MEMBER, body={"pinned": True}),
    "api/v1/checkpoints/<uuid:id>/note": act(MEMBER, body={"note": "good"}),
    "api/v1/checkpoints": look(VIEWER, **SHARED),
    "api/v1/checkpoints/<uuid:id>": look(VIEWER),
    "api/v1/checkpoints/<uuid:id>/download": look(VIEWER),
    "api/v1/checkpoints/<uuid:id>/evaluations": act(MEMBER, body={"split": "test"}),
    "api/v1/evaluations/<uuid:id>": look(VIEWER),
}

# Everybody who may see the run may listen to it.
SOCKETS: dict[str, str] = {"ws/runs/<uuid:run_id>/": VIEWER}
