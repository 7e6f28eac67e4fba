"""Pagination of lists: ``?page=2&page_size=100``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

Item = TypeVar("Item")
AnyModel = TypeVar("AnyModel", bound=Model)
# The number of the first row of the page must fit into 64 bits, in both databases.
LAST_PAGE = 10**9


class PageOf(Schema):
    page: int = Field(1, ge=1, le=LAST_PAGE)
    page_size: int = Field(50, ge=1, le=500)


class Pages(Schema, Generic[Item]):
    items: list[Item]
    count: int = Field(description="Total number over all pages.")


def paged(
    found: QuerySet[AnyModel], page: PageOf, show: Callable[[list[AnyModel]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """Return one page of ``found``; ``show`` serializes its rows."""
    start = (page.page - 1) * page.page_size
    return {"items": show(list(found[start : start + page.page_size])), "count": found.count()}
