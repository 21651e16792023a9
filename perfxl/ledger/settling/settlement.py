"""All inputs of a store settled: only those that share something with another are looked at together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from perfxl.ledger.gathering.extract import Lists, issue_row
from perfxl.ledger.gathering.packing import texts_of
from perfxl.ledger.model import ProjectRow
from perfxl.ledger.settling.contests import Entry
from perfxl.ledger.settling.crossing import cross
from perfxl.ledger.settling.settle import Case, settle
from perfxl.ledger.settling.store import Store
from perfxl.ledger.tables import ISSUES
from perfxl.rules import Approvals
from perfxl.settings import Settings


def settle_all(store: Store, wishes: Mapping[str, str], settings: Settings, lists: Lists) -> list[list[Entry]]:
    """Give every input its status, hold the forms that count against one another, and give each its findings.

    Args:
        wishes: what people wrote under 取用, by the digest of the version.

    Returns:
        the contests between versions, for 版本清单.
    """
    store.accept_uncontested(settings.year)
    for case in store.open_cases(contested=False):
        settle([case], wishes, settings.year)
        store.record(case)
    contested = list(store.open_cases(contested=True))
    contests = settle(contested, wishes, settings.year)
    for case in contested:
        store.record(case)
    store.count()
    for form, issue in cross(store, settings, _not_held(contested, lists)):
        store.put_late(form, texts_of(ISSUES, issue_row(issue, None)))
    entries = {store.form_number(entry.case, entry.position): entry for contest in contests for entry in contest}
    for form, project in store.amend():
        if form in entries:
            _take_in(entries[form], project)
    return contests


def _take_in(entry: Entry, project: ProjectRow) -> None:
    """The form as it is listed, so that 版本清单 counts the same errors."""
    forms = list(entry.case.forms)
    forms[entry.position] = replace(entry.form, project=project)
    entry.case.forms = tuple(forms)


def _not_held(cases: Iterable[Case], lists: Lists) -> Approvals | None:
    """The approvals without those whose form has come and waits for a choice: it is not missing."""
    if lists.approvals is None:
        return None
    held = {case.forms[position].approved_as for case in cases for position in case.held}
    return Approvals.of(entry for entry in lists.approvals.entries if entry.key not in held)
