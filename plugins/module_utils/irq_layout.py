# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which queue of a NIC goes to which CPU, and which CPUs its packets may be handed to (RPS, XPS).

Pure: nothing is read or set. :func:`spread` goes by numbers and :func:`balance` by load. Both leave every queue where
it is as long as nothing is wrong with the place, so that a layout that is right stays as it is, and one that was made
here stays when it is computed again. :func:`assign` asks not where a queue is: hosts that are alike get the same.

``nics`` is ``{name: {"node": int|None, "queues": [{"queue": int|None, "packets": int|None, "irqs": [{"irq": "40",
"cpu": int|None}]}]}}``: the queues in use. ``irqs`` are those of a queue, the one that polls its receive ring first;
they go to one CPU together (virtio_net has two for a pair of queues). ``cpu`` is where an interrupt goes now, None
where that is no single CPU. ``node`` is the NUMA node of the device, None where it has none: then no CPU is nearer
than another (numa_node is -1 in many guests, and its local_cpulist is all there is or nothing).

``cpus`` is the host document's part of that name. A CPU whose topology is not known is taken for a core of its own.
Where the topology tells ``l3`` or ``die``, neighbouring queues go to different ones first.

A core is what its threads share, so cores are counted and not CPUs: two queues on two threads of one core are not
spread (Documentation/networking/scaling.rst: no gain from hyperthreading in interrupt handling).
"""

import collections
import heapq

#: A share of a CPU's time is counted in millionths of it: sums of whole numbers do not depend on their order.
CPU = 10**6

#: How busy a core may be planned to be: above that no time is left for a burst.
FULL = CPU * 9 // 10

#: From this load on a core is worth to be relieved, and by at least so much must that lower it. Loads are averages of
#: one interval; a queue is not moved for their noise.
BUSY = CPU // 2
GAIN = CPU // 10

#: So many interrupts of queues one CPU takes: an x86 CPU has about 200 vectors (arch/x86/kernel/apic/vector.c), and
#: others need some too. More are refused with ENOSPC.
VECTORS = 180

#: Why an interrupt is moved.
WHY = {
    "unknown": "it goes to no single CPU",
    "forbidden": "no interrupt may go to its CPU",
    "far": "its CPU is not of the NIC's own domain",
    "together": "it belongs to a queue whose other interrupt is served there",
    "crowded": "its core serves more queues than others do",
    "busy": "its core is the busier one",
}

#: What could not be done as it should be.
PROBLEMS = {
    "no_cpu": "no CPU is left for interrupts",
    "not_local": "no CPU of the NIC's own NUMA node is left for interrupts",
    "node_too_small": "the CPUs of the NIC's own NUMA node cannot take the work of its queues",
    "more_queues_than_cores": "there are more queues than cores, so that some share one: fewer channels do as well",
    "too_many_vectors": "more interrupts go to one CPU than it has vectors for",
    "queue_fills_core": "one queue fills a core by itself: only more queues, or RPS, spread its packets",
}


class Topology:
    """The CPUs of a host and how they form cores, nodes and packages.

    :param cpus: the host document's ``cpus``
    :param reserved: CPUs that are kept free of interrupts
    :param allowed: the only CPUs that may be used; None for all
    :param start: the CPU with whose core dealing out begins, or the next one after it; None for the first
    """

    def __init__(self, cpus, reserved=(), allowed=None, start=None):
        self._start = start
        self.online = sorted(set(cpus.get("online") or ()))
        self._nodes = {int(node): set(members) for node, members in (cpus.get("nodes") or {}).items()}
        self._known = cpus.get("topology") or {}
        kept_free = set(reserved).union(cpus.get("isolated") or (), cpus.get("nohz_full") or ())
        only = set(self.online if allowed is None else allowed)
        self.usable = [cpu for cpu in self.online if cpu in only and cpu not in kept_free]
        online = set(self.online)
        self._threads = {
            cpu: sorted({cpu}.union(self._field(cpu, "siblings") or ()).intersection(online)) for cpu in self.online
        }
        self._node_of = {cpu: node for node, members in self._nodes.items() for cpu in members}

    def threads(self, cpu):
        """The threads of the core of an online CPU, the CPU itself among them."""
        return self._threads[cpu]

    def core(self, cpu):
        """The core of an online CPU: the number of its first thread."""
        return self._threads[cpu][0]

    def node(self, cpu):
        """The NUMA node of a CPU, None where it is not known."""
        return self._node_of.get(cpu)

    def domains(self, node):
        """``[("node", its usable CPUs), ("package", ...), ("host", ...)]``; the host alone where no node is near."""
        local = self._nodes.get(node, set()).intersection(self.online)
        if not local:
            return [("host", self.usable)]
        packages = {self._field(cpu, "package") for cpu in local} - {None}
        return [
            ("node", [cpu for cpu in self.usable if cpu in local]),
            ("package", [cpu for cpu in self.usable if cpu in local or self._field(cpu, "package") in packages]),
            ("host", self.usable),
        ]

    def cores(self, cpus):
        """``{core: [its threads of these CPUs]}``, in the order in which queues are dealt out.

        The first core of each cache (or die) comes first, then the second of each. ``start`` turns this order round.
        """
        threads = {}
        for cpu in sorted(cpus):
            threads.setdefault(self.core(cpu), []).append(cpu)
        place = {}
        turns = collections.Counter()
        for core in sorted(threads):
            group = tuple(self._field(core, field) or 0 for field in ("package", "die", "l3"))
            place[core] = (turns[group], group, core)
            turns[group] += 1
        order = sorted(threads, key=place.get)
        if self._start is not None and order:
            # A CPU comes with its core; where that is not among these, the next higher one has its place.
            start = self.core(self._start) if self._start in self._threads else self._start
            first = order.index(min(order, key=lambda core: (core < start, core)))
            order = order[first:] + order[:first]
        return collections.OrderedDict((core, threads[core]) for core in order)

    def _field(self, cpu, name):
        return (self._known.get(str(cpu)) or {}).get(name)


class _Queue:
    """A queue with its place while a layout is made."""

    def __init__(self, nic, entry):
        self.nic = nic
        self.number = entry.get("queue")
        self.packets = entry.get("packets")
        self.irqs = [(str(irq["irq"]), irq.get("cpu")) for irq in entry["irqs"]]
        self.now = self.irqs[0][1]
        self.cpu = None
        self.why = None
        self.cost = 0

    def rank(self):
        return self.number is None, self.number or 0, len(self.irqs[0][0]), self.irqs[0][0]


class _Layout:
    """The queues of all NICs on their cores, as far as they are placed.

    ``queues`` is ``{name: [_Queue]}``, ``cores`` per NIC the cores that it may use. ``own`` has the queues of each NIC
    on each core, ``total`` how many of all NICs there are, ``load`` how busy a core is, ``thread_load`` a CPU.
    """

    def __init__(self, nics, topology):
        self.nics = nics
        self.topology = topology
        self.queues, self.followers = _queues(nics)
        self.domains = {}
        self.cores = {}
        self._may_be_on = {}
        self.own = {name: collections.defaultdict(list) for name in self.queues}
        self.total = collections.Counter()
        self.load = collections.Counter()
        self.thread_load = collections.Counter()

    def every(self):
        return [queue for name in sorted(self.queues) for queue in self.queues[name]]

    def choose(self, domain_of_node):
        """Take the domain of each NIC: *domain_of_node* is :func:`_nearest` for a node."""
        chosen = {self.nics[name].get("node"): None for name in self.queues}
        chosen = {node: domain_of_node(node) for node in chosen}
        self.domains = {name: chosen[self.nics[name].get("node")] for name in self.queues}
        self.cores = {name: self.topology.cores(cpus) for name, (_which, cpus, _problem) in self.domains.items()}
        self._may_be_on = {name: frozenset(cpus) for name, (_which, cpus, _problem) in self.domains.items()}

    def keep(self):
        """Leave every queue where it is if it may be there; ``{name: [those that may not]}``."""
        waiting = {}
        for queue in self.every():
            queue.why = self._wrong_place(queue)
            if queue.why is None:
                self._add(queue, queue.now)
            else:
                waiting.setdefault(queue.nic, []).append(queue)
        return waiting

    def _wrong_place(self, queue):
        """Why a queue cannot stay where it is, None where it can."""
        if queue.now is None:
            return "unknown"
        if queue.now in self._may_be_on[queue.nic]:
            return None
        return "far" if queue.now in self.topology.usable else "forbidden"

    def put(self, queue, core, why):
        """A queue onto a core of its NIC, from wherever it was."""
        if queue.cpu is not None:
            self._remove(queue)
        queue.why = queue.why or why
        on_cpu = collections.Counter(other.cpu for own in self.own.values() for other in own.get(core, ()))
        threads = self.cores[queue.nic][core]
        self._add(queue, min(threads, key=lambda cpu: (self.thread_load[cpu] // GAIN, on_cpu[cpu], cpu)))

    def take_back(self, queue, cpu, why):
        """A queue to the CPU that it came from, as if it had not been moved."""
        self._remove(queue)
        self._add(queue, cpu)
        queue.why = why

    def _add(self, queue, cpu):
        core = self.topology.core(cpu)
        queue.cpu = cpu
        self.own[queue.nic][core].append(queue)
        self.total[core] += 1
        self.load[core] += queue.cost
        self.thread_load[cpu] += queue.cost

    def _remove(self, queue):
        core = self.topology.core(queue.cpu)
        self.own[queue.nic][core].remove(queue)
        self.total[core] -= 1
        self.load[core] -= queue.cost
        self.thread_load[queue.cpu] -= queue.cost


def in_use(roles, side, limit):
    """``{irq: queue}`` of the interrupts that serve the "rx" or "tx" queues in use.

    :param roles: ``{irq: (role, queue)}``, the role one of drivers/irq_names.py, the queue None where it has no number
    :param limit: how many queues are in use, None where that is not known

    mlx5 and virtio_net have a vector for each queue that there could be. Those of the others serve nothing, whether
    they fired (RDMA uses them too) or not. Queues count from the first number of their role: bnxt_en goes on with those
    for sending where those for receiving end (bnxt_setup_msix()), tg3 begins with 1. An interrupt without a number
    serves every queue.
    """
    found = {}
    for role in (side, "rxtx"):
        of_role = {irq: queue for irq, (own, queue) in roles.items() if own == role}
        first = min((queue for queue in of_role.values() if queue is not None), default=0)
        for irq, number in of_role.items():
            queue = None if number is None else number - first
            if queue is None or limit is None or queue < limit:
                found[irq] = queue
    return found


def assign(nics, cpus, policy, reserved=(), allowed=None, start=None):
    """Which CPU each queue has under a policy, wherever it is now: hosts that are alike get the same layout.

    :param policy: "local_cores", "spread" or "cpulist"
    :param reserved: CPUs that are kept free of interrupts
    :param allowed: with "cpulist" the CPUs, isolated ones too: who names them means them
    :param start: the CPU with whose core dealing out begins, or the next one that may be used; None for the first

    * **local_cores**: the cores of the NIC's own node, one thread of each. Queue 0 gets the first core, queue 1 the
      second. The queues of the next NIC of that node go on where those of the one before ended. More queues than cores
      begin again with the first.
    * **spread**: the same over all cores of the host; then, and not before, their second threads.
    * **cpulist**: the same over these CPUs.

    Returns what :func:`spread` does, with the moves from where the interrupts are now.
    """
    if policy == "cpulist":
        cpus = dict(cpus, isolated=[], nohz_full=[])
    topology = Topology(cpus, reserved, allowed)
    if policy == "local_cores":
        allowed = [threads[0] for threads in topology.cores(topology.usable).values()]
    anywhere = {
        name: {
            "node": nic.get("node") if policy == "local_cores" else None,
            "queues": [dict(queue, irqs=[dict(irq, cpu=None) for irq in queue["irqs"]]) for queue in nic["queues"]],
        }
        for name, nic in nics.items()
    }
    plan = _plan(_dealt_out(anywhere, Topology(cpus, reserved, allowed, start)))
    now = {irq["irq"]: irq.get("cpu") for nic in nics.values() for queue in nic["queues"] for irq in queue["irqs"]}
    for each in plan.values():
        moves = [dict(move, **{"from": now[move["irq"]]}) for move in each["moves"]]
        each["moves"] = [move for move in moves if move["from"] != move["cpu"]]
    return plan


def spread(nics, cpus, reserved=(), allowed=None):
    """Each NIC's queues over the cores of its own node, as many on each as on the others, one more at most.

    :param nics: see the module
    :param cpus: see the module
    :param reserved: CPUs that are kept free of interrupts
    :param allowed: the only CPUs that may be used; None for all

    The queues of all NICs are dealt out together, so that two ports do not both begin with the first cores. The queues
    of one NIC are even by themselves too: of a bond one port may carry all the traffic. Only where there are more
    queues than cores, two are on one core, and then on different threads of it.

    Returns ``{name: {"irqs": {"40": cpu}, "moves": [{"irq", "queue", "cpu", "from", "why"}], "cpus": [int], "domain":
    "node"|"package"|"host"|None, "problems": [name]}}``: where each interrupt goes, those of them that have to be
    moved with a reason of :data:`WHY`, the CPUs that they may go to, and names of :data:`PROBLEMS`. Nothing else
    decides than the arguments, in whatever order they come.
    """
    layout = _dealt_out(nics, Topology(cpus, reserved, allowed))
    _tidy(layout)
    return _plan(layout)


def _dealt_out(nics, topology):
    """The layout of :func:`spread`: by numbers of queues."""
    layout = _Layout(nics, topology)
    layout.choose(lambda node: _nearest(layout.topology, node, 0, {}))
    for name, waiting in layout.keep().items():
        crowd = _crowd(layout, name)
        for queue in waiting if crowd else ():
            own, total, order, core = heapq.heappop(crowd)
            layout.put(queue, core, None)
            heapq.heappush(crowd, (own + 1, total + 1, order, core))
    # A NIC that moves makes room for another: until none moves.
    while any(_level(layout, name) for name in sorted(layout.queues, reverse=True)):
        pass
    return layout


def _crowd(layout, name):
    """A heap of the cores of a NIC, the emptiest first: ``(own queues, all queues, place in the order, core)``."""
    own, total = layout.own[name], layout.total
    crowd = [(len(own[core]), total[core], order, core) for order, core in enumerate(layout.cores[name])]
    heapq.heapify(crowd)
    return crowd


def _level(layout, name):
    """Move queues of a NIC from its fullest core to its emptiest, as long as that makes them more even."""
    emptiest = _crowd(layout, name)
    fullest = [(-own, -total, -order, core) for own, total, order, core in emptiest if own]
    heapq.heapify(fullest)
    # What a core had when it came onto a heap may have changed since.
    now = {core: (own, total) for own, total, _order, core in emptiest}
    moved = False
    while fullest:
        minus_own, minus_total, minus_order, core = fullest[0]
        own, total, order, target = emptiest[0]
        if now[core] != (-minus_own, -minus_total):
            heapq.heappop(fullest)
        elif now[target] != (own, total):
            heapq.heappop(emptiest)
        elif (-minus_own - 1, -minus_total - 1) <= (own, total):
            break
        else:
            # The last queue goes.
            layout.put(max(layout.own[name][core], key=_Queue.rank), target, "crowded")
            moved = True
            for place, at, change in ((core, -minus_order, -1), (target, order, 1)):
                now[place] = (now[place][0] + change, now[place][1] + change)
                heapq.heappush(emptiest, (*now[place], at, place))
                if now[place][0]:
                    heapq.heappush(fullest, (-now[place][0], -now[place][1], -at, place))
    return moved


def balance(nics, cpus, busy, softirq, reserved=(), allowed=None):
    """The busiest queues on the least busy cores, with as few moves as that takes.

    :param busy: ``{cpu: share of its time that it was not idle}``, 0 to 1
    :param softirq: ``{cpu: share of its time in softirqs}``

    What a queue costs is estimated from its packets: softirq time of all CPUs that serve queues, per packet. Where the
    packets of some queues are not known, each CPU's softirq time is that of its own queues: such a queue takes an even
    share of it, and the others the rest by their packets. What else a CPU does stays there. A core that is not
    :data:`BUSY` is left alone, and none is relieved by less than :data:`GAIN`.

    A NIC's own node comes first, its package and the host where the node has not enough idle time for the queues of
    all its NICs: four saturated CPUs are not put onto two.

    Returns what :func:`spread` does.
    """
    layout = _Layout(nics, Topology(cpus, reserved, allowed))
    _estimate(layout, busy, softirq)
    demand = collections.Counter()
    for queue in layout.every():
        demand[nics[queue.nic].get("node")] += queue.cost
    layout.choose(lambda node: _nearest(layout.topology, node, demand[node], layout.load))
    for name, waiting in layout.keep().items():
        idle = [_idleness(layout, name, order, core) for order, core in enumerate(layout.cores[name])]
        heapq.heapify(idle)
        for queue in sorted(waiting, key=lambda each: -each.cost) if idle else ():
            _load, _own, _total, order, core = heapq.heappop(idle)
            layout.put(queue, core, None)
            heapq.heappush(idle, _idleness(layout, name, order, core))
    while any(_relieve(layout, core) for core in sorted(layout.load, key=lambda each: (-layout.load[each], each))):
        pass
    _tidy(layout)
    plan = _plan(layout)
    for queue in layout.every():
        if queue.cost >= FULL - GAIN:
            _note(plan[queue.nic], "queue_fills_core")
    return plan


def _estimate(layout, busy, softirq):
    """Give each queue its cost and begin with what the CPUs do besides serving the queues."""
    queues, on_cpu = layout.every(), {}
    for queue in queues:
        on_cpu.setdefault(queue.now, []).append(queue)
    times = {cpu: softirq.get(cpu) or 0.0 for cpu in on_cpu}
    time, packets = sum(times.values()), sum(queue.packets or 0 for queue in queues)
    known = packets and all(queue.packets is not None for queue in queues)
    served = collections.Counter()
    for cpu, own in on_cpu.items():
        for queue, share in _shares(own):
            cost = min(1.0, time * queue.packets / packets) if known else times[cpu] * share
            served[cpu] += cost
            queue.cost = int(round(cost * CPU))
    for cpu in layout.topology.online:
        other = int(round(max(0.0, (busy.get(cpu) or 0.0) - served[cpu]) * CPU))
        layout.load[layout.topology.core(cpu)] += other
        layout.thread_load[cpu] += other


def _shares(queues):
    """``[(queue, its share of the softirq time of their CPU)]``: those whose packets are not known count as one of so
    many, and what that leaves is divided by packets; where there were none, by the number of queues."""
    unknown = [queue for queue in queues if queue.packets is None]
    packets = sum(queue.packets or 0 for queue in queues)
    if not packets:
        among = unknown or queues
        return [(queue, 1.0 / len(among) if queue in among else 0.0) for queue in queues]
    rest = 1.0 - float(len(unknown)) / len(queues)
    return [(queue, 1.0 / len(queues) if queue.packets is None else rest * queue.packets / packets) for queue in queues]


def _idleness(layout, name, order, core):
    """How a core ranks as the place of a queue: idle ones first, and of equally idle ones those with fewer queues."""
    return layout.load[core] // GAIN, len(layout.own[name][core]), layout.total[core], order, core


def _relieve(layout, core):
    """Move queues away from a core until it is about as busy as the idlest that they may go to.

    Each by itself may be small; together they must be worth it, for the core and for those that take them, else all
    stay. Tells whether any was moved.
    """
    load, before = layout.load, layout.load[core]
    if before < BUSY:
        return False
    moves, takers = [], set()
    while True:
        best = _best_move(layout, core)
        if best is None:
            break
        queue, target = best
        moves.append((queue, queue.cpu, queue.why))
        takers.add(target)
        layout.put(queue, target, "busy")
    if moves and before - max(load[each] for each in takers.union([core])) >= GAIN:
        return True
    for queue, cpu, why in reversed(moves):
        layout.take_back(queue, cpu, why)
    return False


def _best_move(layout, core):
    """``(queue, core that takes it)`` of the move that relieves a core most; None where none does."""
    queues = [queue for own in layout.own.values() for queue in own.get(core, ()) if queue.cost]
    idlest = {name: min(layout.cores[name], key=layout.load.__getitem__) for name in {queue.nic for queue in queues}}
    best = None
    for queue in queues:
        apart = layout.load[core] - layout.load[idlest[queue.nic]]
        rank = (min(queue.cost, apart - queue.cost), queue.cost, queue.nic, queue.rank())
        if apart >= GAIN and rank[0] > 0 and (best is None or rank > best[0]):
            best = (rank, queue)
    return best and (best[1], idlest[best[1].nic])


def _queues(nics):
    """``({name: [queue]}, [(follower, queue)])``: a queue whose interrupt is another's too goes where that one goes.

    Ports of one adapter, its subfunctions and representors may share the interrupts of its PCI function.
    """
    owners, found, followers = {}, {}, []
    for name in sorted(nics):
        found[name] = []
        for queue in sorted((_Queue(name, entry) for entry in nics[name]["queues"] if entry["irqs"]), key=_Queue.rank):
            owner = next((owners[irq] for irq, _cpu in queue.irqs if irq in owners), None)
            if owner is None:
                found[name].append(queue)
                owners.update((irq, queue) for irq, _cpu in queue.irqs)
            else:
                followers.append((queue, owner))
    return found, followers


def _nearest(topology, node, demand, load):
    """The nearest domain whose cores have time for *demand* beside their *load*: ``(name, its CPUs, problem or None)``.

    Where none has, the one with most of it.
    """
    ladder = []
    domains = topology.domains(node)
    for which, cpus in domains:
        room = sum(max(0, FULL - load.get(core, 0)) for core in topology.cores(cpus))
        if cpus and (not ladder or room > ladder[-1][0]):
            ladder.append((room, which, cpus))
    if not ladder:
        return None, [], "no_cpu"
    _room, which, cpus = next((rung for rung in ladder if rung[0] >= demand), ladder[-1])
    if which == domains[0][0]:
        return which, cpus, None
    return which, cpus, "node_too_small" if domains[0][1] else "not_local"


def _tidy(layout):
    """Let those queues of a NIC that move, and cost the same, take their places in order."""
    for name, queues in layout.queues.items():
        alike = {}
        for queue in queues:
            if queue.cpu not in (None, queue.now):
                alike.setdefault(queue.cost, []).append(queue)
        cores = enumerate(layout.cores[name].values())
        order = {cpu: (number, place) for place, threads in cores for number, cpu in enumerate(threads)}
        for moving in alike.values():
            # Every core once before any a second time.
            turns, places = collections.Counter(), []
            for cpu in sorted(queue.cpu for queue in moving):
                places.append((turns[cpu], order[cpu], cpu))
                turns[cpu] += 1
            for queue, (_turn, _order, cpu) in zip(moving, sorted(places)):
                queue.cpu = cpu


def _plan(layout):
    plan = {}
    for name in sorted(layout.queues):
        which, cpus, problem = layout.domains[name]
        plan[name] = {"irqs": {}, "moves": [], "cpus": list(cpus), "domain": which, "problems": []}
        if problem:
            _note(plan[name], problem)
        if len(layout.queues[name]) > len(layout.cores[name]) > 0:
            _note(plan[name], "more_queues_than_cores")
    for queue, place in [(queue, queue) for queue in layout.every()] + layout.followers:
        if place.cpu is not None:
            _tell(plan[queue.nic], queue, place)
    vectors = {irq: cpu for each in plan.values() for irq, cpu in each["irqs"].items()}
    full = {cpu for cpu, count in collections.Counter(vectors.values()).items() if count > VECTORS}
    for each in plan.values():
        if full.intersection(each["irqs"].values()):
            _note(each, "too_many_vectors")
    return plan


def _tell(plan, queue, place):
    for irq, now in queue.irqs:
        if irq not in plan["irqs"]:
            plan["irqs"][irq] = place.cpu
            if now != place.cpu:
                why = "unknown" if now is None else place.why or "together"
                plan["moves"].append({"irq": irq, "queue": queue.number, "cpu": place.cpu, "from": now, "why": why})


def _note(plan, problem):
    if problem not in plan["problems"]:
        plan["problems"].append(problem)


def rps_cpus(nic, cpus, busy=(), high_rate=True, reserved=(), allowed=None):
    """``{queue: [CPUs]}``: to which CPUs each receive queue of a NIC may hand its packets.

    :param nic: one of ``nics``, its queues where they are or shall be
    :param busy: CPUs that have no time for more
    :param high_rate: whether the interrupting CPUs have enough to do with the interrupts: then they take no packets

    The CPUs of the NIC's own node, or of its package where none of the node is left, without the cores that serve its
    queues: at a high rate a mask with the busy CPU in it changes nothing (scaling.rst; tried), and a thread of the same
    core is taken for a single queue only, where nothing else is left. Isolated CPUs are left out, for the kernel takes
    them out of a mask without a word (net/core/net-sysfs.c), and CPUs that do not exist, for which it refuses the whole
    mask. Empty lists mean that RPS is of no use here: each core has a queue already.
    """
    topology = Topology(cpus, reserved, allowed)
    serving = {queue["irqs"][0].get("cpu") for queue in nic["queues"] if queue["irqs"]}
    serving = serving.intersection(topology.online)
    served = {thread for cpu in serving for thread in topology.threads(cpu)}
    domains = [members for which, members in topology.domains(nic.get("node")) if members][:2]
    attempts = [served] if len(nic["queues"]) > 1 else [served, serving]
    chosen = []
    for without in attempts if high_rate else [()]:
        for members in domains:
            chosen = chosen or [cpu for cpu in members if cpu not in without and cpu not in busy]
    return {queue["queue"]: list(chosen) for queue in nic["queues"] if queue["queue"] is not None}


def xps_cpus(nic, cpus):
    """``{queue: [CPUs]}``: which CPUs send through each transmit queue of a NIC.

    :param nic: one of ``nics``, its queues where they are or shall be

    A queue is for the threads of its own core. Every other online CPU is dealt to a queue of its own node, else to any:
    a CPU that is in no map picks a queue by the hash of the flow (net/core/dev.c, netdev_pick_tx).
    """
    topology = Topology(cpus)
    found, place, on_core, near = {}, {}, {}, {}
    for queue in nic["queues"]:
        if queue["queue"] is not None and queue["irqs"]:
            found[queue["queue"]] = []
            place[queue["queue"]] = queue["irqs"][0].get("cpu")
    for queue in sorted(found):
        if place[queue] in topology.online:
            on_core.setdefault(topology.core(place[queue]), []).append(queue)
            near.setdefault(topology.node(place[queue]), []).append(queue)
    for cpu in topology.online if found else ():
        takers = on_core.get(topology.core(cpu))
        if not takers:
            nearest = near.get(topology.node(cpu)) or sorted(found)
            takers = [min(nearest, key=lambda queue: len(found[queue]))]
        for queue in takers:
            found[queue].append(cpu)
    return found
