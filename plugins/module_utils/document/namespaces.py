# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other network namespaces of a host: containers, pods, ``ip netns``, sandboxes of services.

Each has counters of its own, of which the host's know nothing. What is the whole machine's (softnet, the memory of the
protocols, the neighbour tables) is not read again. The parts of a namespace hold what moved: a field that is not there
stood still; where only one sample was taken, it is zero.
"""

from ansible_collections.linuxnet.packetloss.plugins.module_utils.host.unavailable import Unavailable

#: Which are read: all, none but the own one, or those that patterns fit.
ALL, OWN = "all", "own"


def settings(host, choice, initial, gaps):
    """Which namespaces there are, and which are read: ``{"meta", "known", "found", "files"}``.

    ``meta`` is for the document's: ``{"chosen": [str], "found": int, "not_chosen": int, "beyond_limit": int}``, without
    the numbers where none can be seen; ``known`` has what each of those that are read is called, by inode, None where
    none can be; the others are for :func:`sample`. *gaps* is that of the document.

    :param choice: [:data:`ALL`], [:data:`OWN`], or names and shell globs
    :param initial: whether this is the network namespace of the host. From another one all is taken for own: what runs
        beside it is nobody's there.

    Raises :class:`selection.SelectionError` for a name that no namespace has.
    """
    meta = {"chosen": list(choice)}
    nothing = {"meta": meta, "known": None, "found": None, "files": {}}
    if not set(choice).difference([OWN]):
        return dict(nothing, known={})
    try:
        if list(choice) == [ALL] and initial is not True:
            raise Unavailable(
                "not_visible", "this is not the network namespace of the host: those beside it are not looked at"
            )
        found = _find(host)
    except Unavailable as error:
        gaps.note("namespaces", error)
        return nothing
    if found.why is not None:
        gaps.note("namespaces", found.why)
    meta.update(found=len(found.others), not_chosen=0, beyond_limit=0)
    known, files = {}, {}
    if found.others or set(choice).difference((ALL, OWN)):
        # Most hosts have none, and load nothing for them.
        from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import beside

        counted, known, files = beside.plan(host, found, choice)
        meta.update(counted)
    return {"meta": meta, "known": known, "found": found, "files": files}


def _find(host, known=None):
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.sources import other_namespaces

    return other_namespaces.find(host, known)


def sample(host, plan, gaps, earlier=None):
    """The :class:`beside.Sample` of now, None where there is no other namespace to be seen. *gaps* is that of the
    document.

    :param plan: what :func:`settings` returned
    :param earlier: the sample before this one, as ``(what this returned,)``; None where this is the first
    """
    # Where there was none, one look at the end is enough to tell of those that came.
    if plan["found"] is None or (not plan["known"] and earlier is None):
        return None
    try:
        now = _find(host, plan["found"])
    except Unavailable as error:
        gaps.note("namespaces", error)
        return None
    if not plan["known"] and not set(now.others).difference(plan["found"].others):
        return None
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import beside

    return beside.sample(host, plan, now, gaps, earlier and earlier[0])


def compared(host, plan, before, after, gaps):
    """The :class:`beside.Compared` of two samples, of which *before* may be None; None where *after* is. *gaps* is at
    ``/namespaces``."""
    if after is None:
        return None
    from ansible_collections.linuxnet.packetloss.plugins.module_utils.document import beside

    found = beside.Compared(plan, before, after, gaps)
    found.look_closer(host)
    return found


def document(plan, compared, counted):
    """The part ``namespaces`` of the document, and ``namespaces`` of its ``meta``.

    :param plan: what :func:`settings` returned, None where no other namespace was looked for
    :param compared: what :func:`compared` returned
    :param counted: the difference of its ``before`` and ``after``
    """
    if plan is None:
        return {}, {"chosen": [OWN]}
    meta = dict(plan["meta"])
    if plan["known"] is None:
        return None, meta
    causes = [] if compared is None else [change["cause"] for change in compared.changes]
    if plan["found"] is not None:
        meta.update((cause, causes.count(cause)) for cause in ("appeared", "vanished", "replaced"))
        meta.update(judged=len(counted) - meta["replaced"], not_entered=compared.not_entered() if compared else 0)
    described = {} if compared is None else compared.described()
    return {key: {**one, **counted.get(key, {})} for key, one in described.items()}, meta
