"""The door to tables and settings: the only part of the package that reads or writes them.

In: the folder of a force. Out: validated frames and a frozen ``Scenario``, or every fault at once; the assessment of a
force, computed once; its results as CSV and canonical JSON; the data dictionary.
"""

from apstra.data.dictionary import dictionary, write_dictionary
from apstra.data.faults import InvalidTables
from apstra.data.proof import Evidence, evidence, real_incidents
from apstra.data.reading import read_scenario, read_tables, validate
from apstra.data.reference import PROJECT, force_folder
from apstra.data.register import Desk, begin, desk, said, say
from apstra.data.results import assessment_json, canonical, csv_bytes, result_frames, write_results
from apstra.data.reviewing import review, write_review
from apstra.data.scenarios import list_scenarios, read_tables_under, save_scenario, scenario_hash
from apstra.data.series import read_series
from apstra.data.store import assessment, content_hash

__all__ = [
    "PROJECT",
    "Desk",
    "Evidence",
    "InvalidTables",
    "assessment",
    "assessment_json",
    "begin",
    "canonical",
    "content_hash",
    "csv_bytes",
    "desk",
    "dictionary",
    "evidence",
    "force_folder",
    "list_scenarios",
    "read_scenario",
    "read_series",
    "read_tables",
    "read_tables_under",
    "real_incidents",
    "result_frames",
    "review",
    "said",
    "save_scenario",
    "say",
    "scenario_hash",
    "validate",
    "write_dictionary",
    "write_results",
    "write_review",
]
