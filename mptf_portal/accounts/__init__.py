"""Accounts of the secretariat: who comes in, with which second factor, and what their role may do.

Sign-in itself is django-allauth's. `entrance` lets nobody past `/admin/` without it, `roles` holds
the four groups, `invitations` the way in of a new officer, `adapter` and `views` what differs from
allauth's own pages.
"""
