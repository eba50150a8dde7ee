"""The grid of captured hours: a thousand cells, which a template would take a fifth of a second over."""

from __future__ import annotations

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from indicators.city_days import CoveredDay
from ingest.coverage import CoveredSite

register = template.Library()


@register.simple_tag
def day_cells(row: CoveredSite, address: str) -> SafeString:
    """A site's month, a cell a day: how many hours were captured, with a link to the files of that day.

    `address`: the page's own, to which the day is added.
    """
    nothing = format_html('<td><span class="cell nil" title="{}"></span></td>', _("未到"))
    name, link = escape(row.site.name), escape(f"{address}&day=")
    return mark_safe("".join(nothing if day.hours is None else _cell(name, day, link) for day in row.days))


def _cell(name: SafeString, of: CoveredDay, link: SafeString) -> str:
    """All that is put in is escaped already, or a number or day."""
    return (
        f'<td><a class="cell h{of.step}" href="{link}{of.day}#files" title="{name} {of.day:%m-%d} {of.hours}/24">'
        f'<span class="sr">{of.hours}</span></a></td>'
    )
