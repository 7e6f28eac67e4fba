from __future__ import annotations

from django.urls import path

from webapp.teams.views import account, help, joining, signing_in, site, team_page

urlpatterns = [
    path("", signing_in.home, name="home"),
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", signing_in.sign_in_link, name="sign-in-link"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("theme/", signing_in.theme, name="theme"),
    path("welcome/<str:token>/", joining.welcome, name="welcome"),
    path("join/<str:token>/", joining.join, name="join"),
    path("no-team/", joining.no_team, name="no-team"),
    path("account/", account.account, name="account"),
    path("account/name/", account.account_name, name="account-name"),
    path("account/password/", account.account_password, name="account-password"),
    path("account/tokens/new/", account.token_new, name="token-new"),
    path("account/tokens/<uuid:token_id>/revoke/", account.token_revoke, name="token-revoke"),
    path("team/", team_page.team, name="team"),
    path("team/new/", joining.team_new, name="team-new"),
    path("team/rename/", team_page.team_rename, name="team-rename"),
    path("team/<uuid:team_id>/switch/", joining.team_switch, name="team-switch"),
    path("team/members/<uuid:membership_id>/role/", team_page.member_role, name="member-role"),
    path("team/members/<uuid:membership_id>/remove/", team_page.member_remove, name="member-remove"),
    path("team/invitations/new/", team_page.invitation_new, name="invitation-new"),
    path("team/invitations/<uuid:invitation_id>/revoke/", team_page.invitation_revoke, name="invitation-revoke"),
    path("team/tokens/<uuid:token_id>/revoke/", team_page.team_token_revoke, name="team-token-revoke"),
    path("site/", site.people, name="site"),
    path("site/people/<int:person_id>/", site.person, name="site-person"),
    path("site/people/<int:person_id>/deactivate/", site.person_deactivate, name="person-deactivate"),
    path("site/people/<int:person_id>/activate/", site.person_activate, name="person-activate"),
    path("site/people/<int:person_id>/sign-out/", site.person_sign_out, name="person-sign-out"),
    path("site/people/<int:person_id>/link/", site.person_link, name="person-link"),
    path("site/people/<int:person_id>/operator/", site.person_operator, name="person-operator"),
    path("site/people/<int:person_id>/no-operator/", site.person_no_operator, name="person-no-operator"),
    path("site/teams/", site.teams, name="site-teams"),
    path("site/teams/new/", site.team_found, name="site-team-new"),
    path("site/teams/<uuid:team_id>/quota/", site.team_quota, name="site-team-quota"),
    path("site/log/", site.log, name="site-log"),
    path("help/", help.help_page, name="help"),
    path("help/fields/", help.field_reference, name="help-fields"),
]
