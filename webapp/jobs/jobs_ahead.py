"""Sentences on how many runs or jobs start before a queued one, and how many of them are of other teams."""

from __future__ import annotations

from trainer.messages.message import Message


def runs_are_ahead(number: int, of_others: int, teams: int) -> Message:
    """``number`` runs in all, ``of_others`` of them of ``teams`` other teams."""
    if not of_others:
        return Message("{count} run is ahead of it.", plural="{count} runs are ahead of it.", count=number)
    if number == 1:
        return Message("1 run is ahead of it, of another team.")
    if of_others == number:
        if teams == 1:
            return Message("{count} runs are ahead of it, all of another team.", count=number)
        return Message("{count} runs are ahead of it, all of {teams} other teams.", count=number, teams=teams)
    if of_others == 1:
        return Message("{count} runs are ahead of it, one of another team.", count=number)
    if teams == 1:
        return Message("{count} runs are ahead of it, {others} of another team.", count=number, others=of_others)
    return Message(
        "{count} runs are ahead of it, {others} of {teams} other teams.", count=number, others=of_others, teams=teams
    )


def jobs_are_ahead(number: int, of_others: int, teams: int) -> Message:
    """The same of jobs that are no runs."""
    if not of_others:
        return Message("{count} job is ahead of it.", plural="{count} jobs are ahead of it.", count=number)
    if number == 1:
        return Message("1 job is ahead of it, of another team.")
    if of_others == number:
        if teams == 1:
            return Message("{count} jobs are ahead of it, all of another team.", count=number)
        return Message("{count} jobs are ahead of it, all of {teams} other teams.", count=number, teams=teams)
    if of_others == 1:
        return Message("{count} jobs are ahead of it, one of another team.", count=number)
    if teams == 1:
        return Message("{count} jobs are ahead of it, {others} of another team.", count=number, others=of_others)
    return Message(
        "{count} jobs are ahead of it, {others} of {teams} other teams.", count=number, others=of_others, teams=teams
    )
