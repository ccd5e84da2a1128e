"""Every SQL statement of reporting: following the journals, reading reports, the canonical dump."""

from services.reporting.store.dumping import dump
from services.reporting.store.earlier import EarlierStore
from services.reporting.store.following import FollowStore
from services.reporting.store.reading import Filters, ReportStore
from services.reporting.store.saved import SavedStore
from services.reporting.store.snapshots import SnapshotStore

__all__ = ["EarlierStore", "Filters", "FollowStore", "ReportStore", "SavedStore", "SnapshotStore", "dump"]
