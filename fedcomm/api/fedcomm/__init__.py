"""Our own endpoints beside Mastodon's, `/api/fedcomm/v1/`: groups and threads (groups-in-clients.md section 4).

Ids are those of the Mastodon API, and its entities stand inside of ours, so that an app can mix both.
"""
