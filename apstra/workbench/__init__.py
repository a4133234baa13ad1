"""Widgets: the analysts' bench, where nothing is kept, and the chief officer's page, where what is decided is kept.

In: an assessment. Out: labelled controls that work by keyboard, in JupyterLab and in Voilà, and views that repaint.
"""

from apstra.workbench import chief_officer
from apstra.workbench.bench import Workbench, workbench

__all__ = ["Workbench", "chief_officer", "workbench"]
