"""URLs of signing in, accounts and teams."""

from __future__ import annotations

from django.urls import path

from webapp.pages.teams import account, joining, language, signing_in, team

urlpatterns = [
    path("", signing_in.home, name="home"),
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", signing_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("theme/", signing_in.theme, name="theme"),
    path("language/", language.language, name="language"),
    path("language/<str:code>/<str:version>/texts.js", language.script_texts, name="script-texts"),
    path("welcome/<str:token>/", joining.welcome, name="welcome"),
    path("join/<str:token>/", joining.join, name="join"),
    path("no-team/", joining.no_team, name="no-team"),
    path("account/", account.account, name="account"),
    path("account/name/", account.account_name, name="account-name"),
    path("account/password/", account.account_password, name="account-password"),
    path("account/tokens/new/", account.token_new, name="token-new"),
    path("account/tokens/<uuid:token_id>/revoke/", account.token_revoke, name="token-revoke"),
    path("team/", team.team, name="team"),
    path("team/new/", joining.team_new, name="team-new"),
    path("team/rename/", team.team_rename, name="team-rename"),
    path("team/<uuid:team_id>/switch/", joining.team_switch, name="team-switch"),
    path("team/members/<uuid:membership_id>/role/", team.member_role, name="member-role"),
    path("team/members/<uuid:membership_id>/remove/", team.member_remove, name="member-remove"),
    path("team/invitations/new/", team.invitation_new, name="invitation-new"),
    path("team/invitations/<uuid:invitation_id>/revoke/", team.invitation_revoke, name="invitation-revoke"),
    path("team/tokens/<uuid:token_id>/revoke/", team.team_token_revoke, name="team-token-revoke"),
]
