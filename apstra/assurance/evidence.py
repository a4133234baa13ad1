"""The evidence an obligation is judged by: what is known, and what each chapter made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.capability import CapabilityChapter
from apstra.demand import DemandChapter
from apstra.deployment import DeploymentChapter
from apstra.engagement import EngagementChapter
from apstra.learning import LearningChapter
from apstra.mutual_aid import MutualAidChapter
from apstra.scenario import Scenario
from apstra.threat import ThreatChapter

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Chapters:
    """The evidence: what is known at *as at*, and what each chapter made of it."""

    scenario: Scenario
    tables: Tables
    threat: ThreatChapter
    demand: DemandChapter
    deployment: DeploymentChapter
    capability: CapabilityChapter
    mutual_aid: MutualAidChapter
    learning: LearningChapter
    engagement: EngagementChapter
