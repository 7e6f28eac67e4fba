"""Signing in, the account, the team."""
