"""Widgets: the analysts' bench, where nothing is kept, the chief officer's page and the table editor, where it is.

In: an assessment. Out: labelled controls that work by keyboard, in JupyterLab and in Voilà, and views that repaint.
"""

from apstra.workbench import chief_officer, table_editor
from apstra.workbench.bench import Workbench, workbench

__all__ = ["Workbench", "chief_officer", "table_editor", "workbench"]
