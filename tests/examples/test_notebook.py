"""The notebook runs from its first cell to its last, and shows tables and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "look.ipynb"


def outputs(notebook: Any, kind: str) -> list[str]:
    """What the cells show of a media type."""
    return [
        output["data"][kind]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if kind in output.get("data", {})
    ]


@pytest.mark.filterwarnings("ignore")
def test_it_runs_and_shows_tables_and_pictures(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    tables = outputs(notebook, "text/html")
    titles = (
        "Schedule, in minor units",
        "What the loan costs",
        "Scorecard ",
        "Statement elig",
        "Portfolio at risk",
    )
    assert all(f"<caption>{title}" in table for title, table in zip(titles, tables, strict=True))
    assert len(outputs(notebook, "image/png")) == 4
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"schedule.png", "cost.png", "scorecard.png", "portfolio.png"}


def test_it_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
