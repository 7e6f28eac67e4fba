"""Administration of the site by operators: people, teams, quotas; for pages and commands.

Not here: actions of a team's admins.
"""
