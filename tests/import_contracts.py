"""Kinds of import contracts that import-linter does not bring. Named in ``pyproject.toml``."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowListContract(Contract):
    """Modules of ``source`` import no other modules of ``target`` than those in ``allowed``, and each of these."""

    source = fields.ModuleField()
    target = fields.ModuleField()
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at direct imports only: what the allowed modules import is for the contracts of ``target``."""
        found = {
            imported: importer
            for importer in (self.source.name, *graph.find_descendants(self.source.name))
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported == self.target.name or imported.startswith(f"{self.target.name}.")
        }
        forbidden = sorted((found[name], name) for name in found.keys() - self.allowed)
        unused = sorted(self.allowed - found.keys())
        metadata: dict[str, Any] = {"forbidden": forbidden, "unused": unused}
        return ContractCheck(kept=not forbidden and not unused, metadata=metadata)

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, name in check.metadata["forbidden"]:
            output.print_error(f"{importer} imports {name}, which is not in the list.")
        for name in check.metadata["unused"]:
            output.print_error(f"{name} is in the list, but nothing imports it.")
