"""Tests what a follower of a prediction gets, however slowly it reads."""

import asyncio
import unittest
from typing import List

from vitrine_runtime.pending_events import LONGEST_LOG, Event, PendingEvents


async def read_all(pending: PendingEvents) -> List[Event]:
    pending.end()
    read: List[Event] = []
    while True:
        event = await pending.next()
        if event is None:
            return read
        read.append(event)


class Reading(unittest.TestCase):
    def test_a_reader_that_keeps_up_gets_every_event_in_their_order(self) -> None:
        async def run() -> None:
            pending = PendingEvents()
            waiting = asyncio.ensure_future(pending.next())
            await asyncio.sleep(0)
            events = [Event(("output", 0), "a"), Event(("log", 1), "x"), Event(("output", 0), "ab")]
            for event in events:
                pending.add(event)
            self.assertEqual([await waiting, *await read_all(pending)], events)

        asyncio.run(run())

    def test_a_reader_that_is_far_behind_gets_the_newest_output_of_each_element(self) -> None:
        async def run() -> None:
            pending = PendingEvents()
            for at in range(1_000):
                pending.add(Event(("output", at % 2), f"{at} {'x' * 10_000}"))
            read = await read_all(pending)
            self.assertLess(len(read), 150)
            self.assertEqual([event.data[:4] for event in read[-2:]], ["998 ", "999 "])

        asyncio.run(run())

    def test_a_reader_that_is_far_behind_gets_the_end_of_the_log(self) -> None:
        async def run() -> None:
            pending = PendingEvents()
            for at in range(100_000):
                pending.add(Event(("log", at), f"line {at}"))
            read = await read_all(pending)
            self.assertEqual(read[-1].data, "line 99999")
            self.assertLess(len(read), 20_000)
            self.assertGreater(len(read), LONGEST_LOG / 20)

        asyncio.run(run())


if __name__ == "__main__":
    unittest.main()
