"""How the supernet's weights move: loss, optimizer, schedule, averaging. Listing imports no torch."""

from bench.optimize.averaging import Averaging
from bench.optimize.loss import Loss
from bench.optimize.schedule import Schedule
from bench.optimize.sgd import SGD
from bench.registry import Registry

LOSSES: Registry[Loss] = Registry("losses", "bench.optimize", Loss)
SCHEDULES: Registry[Schedule] = Registry("schedules", "bench.optimize", Schedule)
AVERAGINGS: Registry[Averaging] = Registry("averagings", "bench.optimize", Averaging)

__all__ = ["AVERAGINGS", "LOSSES", "SCHEDULES", "SGD", "Averaging", "Loss", "Schedule"]
