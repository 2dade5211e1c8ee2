"""Who may see a report and decide about it: what notifications, pages and client API ask (product 13, 26).

Those who look after the group whose content it is about, and those whose role on the instance lets them; nobody in a
report about themselves (the conflict rule).
"""

from fedcomm.permissions import GROUP_TABLE, INSTANCE_TABLE

_CARERS = ", ".join(f"'{role}'" for role in sorted(GROUP_TABLE["remove post"]))
_STAFF = ", ".join(f"'{role}'" for role in sorted(INSTANCE_TABLE["see reports"]))


def may_see_report(viewer: str, report: str = "report") -> str:
    """A condition on rows of `report`. `viewer` is a placeholder or column with the id of an account."""
    me = f"{viewer}::bigint"
    return f"""({report}.target_id <> {me}
            AND ({is_staff(viewer)} OR {cares_for(viewer, f"{report}.group_id")}))"""


def is_staff(viewer: str) -> str:
    """A condition: somebody's role on the instance lets them see all reports."""
    return f"""EXISTS (SELECT
                         FROM login staff
                        WHERE staff.account_id = {viewer}::bigint
                          AND staff.state = 'active'
                          AND staff.role IN ({_STAFF}))"""


def cares_for(viewer: str, group: str) -> str:
    """A condition: somebody looks after a group."""
    return f"""EXISTS (SELECT
                         FROM membership carer
                        WHERE carer.group_id = {group}
                          AND carer.member_id = {viewer}::bigint
                          AND carer.state = 'active'
                          AND carer.role IN ({_CARERS}))"""
