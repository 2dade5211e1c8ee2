"""Mastodon's client API: one file for each page of its documentation's methods."""
