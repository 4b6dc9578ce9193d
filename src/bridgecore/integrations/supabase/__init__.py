"""Access tokens of a Supabase project (GoTrue), and the account behind one."""

from bridgecore.integrations.supabase.client import SupabaseClient
from bridgecore.integrations.supabase.contract import Project, SupabaseAccount, SupabaseIdentity

__all__ = ["Project", "SupabaseAccount", "SupabaseClient", "SupabaseIdentity"]
