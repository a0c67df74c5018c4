"""A real Apache Kafka for the tests: one KRaft node, broker and controller, in a temporary folder.

Its jars are resolved by Maven from `pom.xml`, once, into a cache outside the clone. It listens on loopback only, and
it dies with the process that started it.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from xml.etree import ElementTree

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.cache import cache_base
from tests.loopback import HOST, NoPortError, free_ports

Answer = TypeVar("Answer")

POM = Path(__file__).with_name("pom.xml")
"""Which Kafka, and what it needs."""

NODE_ID = 1
"""The id of the only node."""

MAX_MESSAGE = 10 * 1024 * 1024
"""The largest message that the broker and `produce` take, bytes."""

MAVEN_TIMEOUT = 600.0
"""Seconds that resolving the jars may take."""

REQUEST_TIMEOUT = 20.0
"""Seconds that one request to a running broker may take."""

PACE = 0.02
"""Seconds between two questions to a broker that has answered "not yet"."""

JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a broker that lives for seconds never earns back the optimising compiler
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
"""A small, fast-starting, quiet Java."""

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": str(NODE_ID),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(MAX_MESSAGE),
    "log.retention.ms": "-1",  # messages may carry old timestamps
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",  # 6000 by default: a test that is forgotten need not wait so long
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "2",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "2",
    # After a kill, the controller takes the old broker for alive and refuses the new one for so long; 9000 by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),  # its default alone is 128 MB of heap
}
"""The broker's settings that do not depend on its ports and folder."""

CLIENT: Mapping[str, str | int] = {"log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100}
"""What every client here is given: silent, and quick to try again."""


NOT_YET = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
    }
)
"""The answers of a broker that has just started: the same request may soon succeed."""


class BrokerError(RuntimeError):
    """Java, Maven or the broker failed; the message is a sentence that says which, and how."""


def find_java() -> tuple[str, str]:
    """Find a Java that can run the broker.

    Returns:
        The command, `$JAVA_HOME/bin/java` or that of the PATH, and what it says of its version.

    Raises:
        BrokerError: There is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    command = shutil.which(Path(home, "bin", "java")) if home else shutil.which("java")
    if command is None:
        place = "under JAVA_HOME" if home else "on the PATH"
        raise BrokerError(f"Java was not found {place}: Apache Kafka needs Java 17 or newer.")
    try:
        said = subprocess.run(
            [command, "-XshowSettings:properties", "-version"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokerError(f"Java could not be run: {error}.") from error
    lines = (line.partition(" = ") for line in said.stderr.splitlines())
    properties = {name.strip(): value.strip() for name, _, value in lines}
    specification = properties.get("java.specification.version", "")
    if said.returncode or not specification:
        raise BrokerError(f"Java could not be run: {_last_lines(said.stderr + said.stdout)}")
    if not specification.isdecimal() or int(specification) < 17:  # "1.8" before Java 9
        raise BrokerError(f"Apache Kafka needs Java 17 or newer; this is Java {specification}.")
    return command, f"{properties.get('java.vm.name')} {properties.get('java.vm.version')} {command}"


def cache_folder() -> Path:
    """The folder that keeps what the broker needs: named by Kafka's version and a hash of the pom."""
    pom = POM.read_bytes()
    version = ElementTree.fromstring(pom).findtext(".//{*}kafka.version")
    return cache_base() / f"kafka-{version}-{hashlib.sha256(pom).hexdigest()[:12]}"


def fetch_jars() -> list[Path]:
    """The broker's jars, sorted by name; resolved by Maven if they are not in the cache yet.

    They come to the cache by one rename, so two test runs at once, or one that is killed, cannot spoil it.

    Raises:
        BrokerError: Maven is absent, or could not resolve them.
    """
    folder = cache_folder()
    if not folder.is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            raise BrokerError("Maven (mvn) was not found on the PATH: it resolves the jars of Apache Kafka.")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".maven-") as temporary:
                fresh = Path(temporary, "jars")
                _run_maven(maven, fresh)
                try:
                    fresh.rename(folder)
                except OSError:
                    if not folder.is_dir():  # else another run has put the same jars there first
                        raise
        except OSError as error:
            raise BrokerError(f"The jars of Apache Kafka could not be kept in the cache: {error}.") from error
    jars = sorted(folder.glob("*.jar"))
    if not jars:
        raise BrokerError(f"There is not one jar in {folder}: remove that folder, and it is made again.")
    return jars


def _run_maven(maven: str, folder: Path) -> None:
    """Resolve the jars into a folder that does not exist yet."""
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(
            [*command, "-DincludeScope=runtime"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAVEN_TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokerError(f"Maven did not resolve Apache Kafka within {MAVEN_TIMEOUT:.0f} s.") from error
    if done.returncode or not any(folder.glob("kafka_*.jar")):
        reasons = [line for line in done.stdout.splitlines() if "ERROR" in line]
        raise BrokerError(
            f"Maven could not resolve Apache Kafka: {reasons[0] if reasons else _last_lines(done.stderr)}"
        )


def _last_lines(text: str, count: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-count:])


class KafkaBroker:
    """One Kafka node with its own data; a context manager that starts it and, at the end, removes it.

    Ports and data last as long as the object: `start` after `stop` or `kill` brings the same broker back.
    Not for several threads at once.

    Args:
        sasl: Whether to listen, besides, for SASL_PLAINTEXT with SCRAM-SHA-512.
        settings: Broker settings to add to, or put in place of, `SETTINGS`.
    """

    def __init__(self, *, sasl: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self.sasl = sasl
        self.username = "observer"
        self.password = "not-a-secret"
        self.folder: Path | None = None
        self._settings = {**SETTINGS, **(settings or {})}
        # An id that began with "-" would be taken for an option of the format command.
        self._cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        self._ports: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._suspended = False
        self._admin: AdminClient | None = None
        self._archive: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Where it is

    @property
    def bootstrap(self) -> str:
        """`host:port` of the plaintext listener, the same for the object's life.

        Raises:
            BrokerError: It was never started.
        """
        if not self._ports:
            raise BrokerError("The Kafka broker was never started: it has no port yet.")
        return f"{HOST}:{self._ports[0]}"

    @property
    def sasl_config(self) -> dict[str, str]:
        """What a client sets to come in through the SASL listener, address included.

        Raises:
            BrokerError: It was made without `sasl=True`, or never started.
        """
        if not self.sasl or not self._ports:
            raise BrokerError("The Kafka broker has no SASL listener: make it with sasl=True, and start it.")
        return {
            "bootstrap.servers": f"{HOST}:{self._ports[2]}",
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.username,
            "sasl.password": self.password,
        }

    @property
    def pid(self) -> int | None:
        """The process that runs it; None while it is stopped."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def log(self, lines: int = 15) -> str:
        """The last lines of what the broker wrote, in all its starts."""
        path = self.folder / "kafka.log" if self.folder else None
        if path is None or not path.exists():
            return "(no log)"
        return _last_lines(path.read_text(errors="replace"), lines) or "(the log is empty)"

    # Its life

    def start(self, timeout: float = 60.0) -> None:
        """Start it, on the ports and with the data it had; does nothing if it runs.

        Args:
            timeout: Seconds in which it must answer.

        Raises:
            BrokerError: Java, Maven or the broker failed.
        """
        if self.pid is not None:
            return
        self._ended()
        java, version = find_java()
        jars = fetch_jars()
        command = [java, *JVM_OPTIONS, "-cp", os.pathsep.join(map(str, jars))]
        # Archives depend on the Java that wrote them, and on the very paths of the jars.
        archive = jars[0].parent / f"classes-{hashlib.sha256(version.encode()).hexdigest()[:12]}.jsa"
        if archive.exists():
            command.insert(1, f"-XX:SharedArchiveFile={archive}")
        deadline = time.monotonic() + timeout
        if self.folder is not None:
            self._launch(command, archive, deadline)
            return
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="fink-tui-kafka-"))
            atexit.register(self.close)
            self._choose_ports()
            self._format(command)
            for attempts_left in (2, 1, 0):
                try:
                    self._launch(command, archive, deadline)
                    return
                except BrokerError:
                    # Only now may the ports change: nobody has been told them yet.
                    if not attempts_left or "BindException" not in self.log(200):
                        raise
                    self._choose_ports()
        except BaseException:
            self.close()
            raise

    def stop(self, timeout: float = 30.0) -> None:
        """Stop it cleanly: SIGTERM. Its data stay.

        Args:
            timeout: Seconds in which it must end.

        Raises:
            BrokerError: It did not end, and was killed.
        """
        if self.pid is None or self._process is None:
            self._ended()
            return
        if self._suspended:
            self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BrokerError(f"The Kafka broker did not stop within {timeout:.0f} s.\n{self.log()}") from None
        self._ended()
        self._keep_archive()

    def kill(self) -> None:
        """Kill it where it stands: SIGKILL. Its data stay as they are."""
        if self.pid is not None and self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._ended()

    def suspend(self) -> None:
        """Freeze it: SIGSTOP. Its ports take connections, and nothing is answered.

        Raises:
            BrokerError: It does not run.
        """
        self._signal(signal.SIGSTOP)
        self._suspended = True

    def resume(self, timeout: float = 60.0) -> None:
        """Let it go on after `suspend`, and wait until it answers; does nothing if it was not suspended.

        Args:
            timeout: Seconds in which it must answer.

        Raises:
            BrokerError: It does not run, or does not answer.
        """
        if self._suspended:
            self._signal(signal.SIGCONT)
            self._suspended = False
            self._wait_ready(time.monotonic() + timeout)

    def close(self) -> None:
        """Stop it and remove its folder; the next start would be that of a new broker."""
        try:
            self.stop()
        finally:
            atexit.unregister(self.close)
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
            self._ports = []

    # What is in it

    def create_topic(self, name: str, partitions: int = 4) -> None:
        """Make a topic, and wait until each of its partitions can be written.

        Raises:
            BrokerError: The broker refused, or it took too long.
        """
        admin = self._client()
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1)
        self._ask(
            f"make topic {name}",
            lambda: admin.create_topics([topic], request_timeout=REQUEST_TIMEOUT)[name].result(),
        )

        def ready() -> bool:
            known = admin.list_topics(timeout=REQUEST_TIMEOUT).topics.get(name)
            return (
                known is not None
                and len(known.partitions) == partitions
                and all(partition.leader == NODE_ID for partition in known.partitions.values())
            )

        self._wait(f"make topic {name}", ready, time.monotonic() + REQUEST_TIMEOUT)

    def delete_topic(self, name: str) -> None:
        """Delete a topic, and wait until the broker no longer lists it.

        Raises:
            BrokerError: The broker refused, or it took too long.
        """
        admin = self._client()
        self._ask(
            f"delete topic {name}",
            lambda: admin.delete_topics([name], request_timeout=REQUEST_TIMEOUT)[name].result(),
        )
        self._wait(
            f"delete topic {name}",
            lambda: name not in admin.list_topics(timeout=REQUEST_TIMEOUT).topics,
            time.monotonic() + REQUEST_TIMEOUT,
        )

    def produce(
        self,
        topic: str,
        messages: Iterable[tuple[bytes | None, bytes] | tuple[bytes | None, bytes, int]],
        *,
        timestamp: int = 0,
    ) -> None:
        """Write messages, in order, and wait until the broker has each of them.

        Args:
            topic: A topic that exists.
            messages: (key, value), or (key, value, partition). Without a partition the key chooses it: messages with
                equal keys, such as all of one schema, go to one and the same partition.
            timestamp: Milliseconds since 1970 that the messages carry; 0 for now.

        Raises:
            BrokerError: A message was not delivered.
        """
        settings = {
            **CLIENT,
            "bootstrap.servers": self.bootstrap,
            "acks": "all",
            "max.in.flight.requests.per.connection": 1,  # a retry keeps the order
            "linger.ms": 0,
            "message.max.bytes": MAX_MESSAGE,
            "message.timeout.ms": int(REQUEST_TIMEOUT * 1000),
        }
        producer = Producer(settings)
        failures: list[KafkaError] = []

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                failures.append(error)

        sent = 0
        for message in messages:
            key, value, partition = message if len(message) == 3 else (*message, -1)
            while True:
                try:
                    producer.produce(topic, value, key, partition=partition, on_delivery=delivered, timestamp=timestamp)
                    break
                except BufferError:
                    producer.poll(1)  # messages leave the full queue, delivered or timed out
                except KafkaException as error:
                    raise BrokerError(f"A message of topic {topic} was refused: {error}.") from error
            sent += 1
        left = producer.flush(2 * REQUEST_TIMEOUT)
        if failures or left:
            reason = failures[0].str() if failures else "no answer"
            raise BrokerError(f"{len(failures) + left} of {sent} messages did not reach topic {topic}: {reason}.")

    def delete_records(self, topic: str, before: Mapping[int, int]) -> None:
        """Delete a topic's oldest messages, as its retention would.

        Args:
            topic: A topic that exists.
            before: For each partition, the offset of the first message that stays.

        Raises:
            BrokerError: The broker refused, or does not answer.
        """
        places = [TopicPartition(topic, partition, offset) for partition, offset in before.items()]

        def ask() -> None:
            for future in self._client().delete_records(places, request_timeout=REQUEST_TIMEOUT).values():
                future.result()

        self._ask(f"delete messages of topic {topic}", ask)

    def forget_group(self, group: str) -> None:
        """Delete a consumer group's positions, as the broker does when it was away for long.

        Raises:
            BrokerError: The broker refused, or does not answer.
        """
        self._ask(
            f"forget group {group}",
            lambda: self._client().delete_consumer_groups([group], request_timeout=REQUEST_TIMEOUT)[group].result(),
        )

    def end_offsets(self, topic: str) -> dict[int, int]:
        """For each partition of a topic, the offset that its next message will get.

        Raises:
            BrokerError: The topic does not exist, or the broker does not answer.
        """
        partitions = self._partitions(topic)
        reader = Consumer({**CLIENT, "bootstrap.servers": self.bootstrap, "group.id": "fink-tui-end-offsets"})

        def ask() -> dict[int, int]:
            ends = {}
            for partition in partitions:
                marks = reader.get_watermark_offsets(partition, timeout=REQUEST_TIMEOUT)
                if marks is None:
                    raise TimeoutError(f"no answer for partition {partition.partition}")
                ends[partition.partition] = marks[1]
            return ends

        try:
            return self._ask(f"give the end of topic {topic}", ask)
        finally:
            reader.close()

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets that a consumer group has committed; partitions without one are left out.

        Raises:
            BrokerError: The topic does not exist, or the broker does not answer.
        """
        partitions = self._partitions(topic)
        # Not by AdminClient.list_consumer_group_offsets: librdkafka 2.16 takes an error in the answer for one to a
        # consumer, and a null pointer for its group (rd_kafka_handle_OffsetFetch, rd_kafka_cgrp_op).
        reader = Consumer({**CLIENT, "bootstrap.servers": self.bootstrap, "group.id": group})
        try:
            given = self._ask(
                f"give the offsets of group {group}", lambda: reader.committed(partitions, timeout=REQUEST_TIMEOUT)
            )
        finally:
            reader.close()
        for partition in given:
            if partition.error is not None:
                raise BrokerError(
                    f"The Kafka broker did not give the offsets of group {group}: {partition.error.str()}."
                )
        return {partition.partition: partition.offset for partition in given if partition.offset >= 0}

    # How

    def _choose_ports(self) -> None:
        """Ports of the plaintext, the controller's and, if wanted, the SASL listener; and the settings with them."""
        assert self.folder is not None
        try:
            self._ports = free_ports(3 if self.sasl else 2)
        except NoPortError as error:
            raise BrokerError(str(error)) from error
        names = ("PLAINTEXT", "CONTROLLER", "SASL")
        listeners = [f"{name}://{HOST}:{port}" for name, port in zip(names, self._ports, strict=False)]
        settings = {
            "log.dirs": str(self.folder / "data"),
            "controller.quorum.voters": f"{NODE_ID}@{HOST}:{self._ports[1]}",
            "listeners": ",".join(listeners),
            "advertised.listeners": ",".join(listeners[:1] + listeners[2:]),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
            **self._settings,
        }
        if self.sasl:
            settings["sasl.enabled.mechanisms"] = "SCRAM-SHA-512"
            settings["listener.name.sasl.scram-sha-512.sasl.jaas.config"] = (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            )
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.folder / "server.properties").write_text(text)

    def _format(self, command: list[str]) -> None:
        """Make the empty storage, with the SASL user in it."""
        arguments = [
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            self._cluster,
            "--config",
            "server.properties",
        ]
        if self.sasl:
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={self.username},password={self.password}]"]
        try:
            done = subprocess.run(
                [*command, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=REQUEST_TIMEOUT * 3
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokerError(f"The storage of the Kafka broker could not be formatted: {error}.") from error
        if done.returncode:
            words = _last_lines(done.stdout + done.stderr)
            raise BrokerError(f"The storage of the Kafka broker could not be formatted: {words}")

    def _launch(self, command: list[str], archive: Path, deadline: float) -> None:
        """Start the process and its guard, and wait until it answers; if it does not, leave nothing running."""
        assert self.folder is not None
        if not archive.exists():
            self._archive = archive
            command = [command[0], f"-XX:ArchiveClassesAtExit={self.folder / archive.name}", *command[1:]]
        try:
            with (self.folder / "kafka.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [*command, "kafka.Kafka", "server.properties"],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl+C is for the tests
                )
            # The guard waits for the end of a pipe that this process alone holds open: however this process ends, even
            # by SIGKILL, the guard then kills the broker and removes its folder. (Linux's PR_SET_PDEATHSIG would fire
            # when the *thread* that called `start` ends.)
            self._guard = subprocess.Popen(
                ["sh", "-c", 'read -r _; kill -9 "$1"; rm -rf "$2"', "sh", str(self._process.pid), str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._wait_ready(deadline)
        except OSError as error:
            self.kill()
            raise BrokerError(f"The Kafka broker could not be started: {error}.") from error
        except BaseException:
            self.kill()
            raise

    def _wait_ready(self, deadline: float) -> None:
        """Wait until the broker lists itself, and every partition it has can be read and written.

        The cluster's id tells it from another broker that has taken its port.
        """
        admin = self._client()

        def ready() -> bool:
            known = admin.list_topics(timeout=1)
            return (
                known.cluster_id == self._cluster
                and NODE_ID in known.brokers
                and all(
                    partition.leader == NODE_ID
                    for topic in known.topics.values()
                    for partition in topic.partitions.values()
                )
            )

        self._wait("answer", ready, deadline)

    def _wait(self, what: str, ready: Callable[[], bool], deadline: float) -> None:
        """Ask until the answer is yes.

        Raises:
            BrokerError: The broker ended, or the time did.
        """
        while True:
            try:
                if ready():
                    return
                reason = ""
            except KafkaException as error:
                reason = f" ({error})"
            if time.monotonic() > deadline:
                raise BrokerError(f"The Kafka broker did not {what} in time{reason}.\n{self.log()}")
            if self._process is None:
                raise BrokerError(f"The Kafka broker could not {what}: it does not run.")
            try:
                code = self._process.wait(PACE)
            except subprocess.TimeoutExpired:
                continue
            raise BrokerError(f"The Kafka broker ended with code {code} before it could {what}.\n{self.log()}")

    def _ask(self, what: str, request: Callable[[], Answer]) -> Answer:
        """Make a request, again as long as the broker says that it cannot answer yet.

        Args:
            what: What it is for, to complete "The Kafka broker did not ...".
            request: Makes it, and waits for its answer.

        Returns:
            The answer.

        Raises:
            BrokerError: The broker refused, or did not answer.
        """
        deadline = time.monotonic() + REQUEST_TIMEOUT
        answers: list[Answer] = []

        def answered() -> bool:
            try:
                answers.append(request())
            except KafkaException as error:
                if error.args[0].code() in NOT_YET:
                    raise
                raise BrokerError(f"The Kafka broker did not {what}: {error.args[0].str()}.\n{self.log()}") from error
            except TimeoutError as error:
                raise BrokerError(f"The Kafka broker did not {what} in time.\n{self.log()}") from error
            return True

        self._wait(what, answered, deadline)
        return answers[0]

    def _client(self) -> AdminClient:
        if self._admin is None:
            self._admin = AdminClient({**CLIENT, "bootstrap.servers": self.bootstrap})
        return self._admin

    def _partitions(self, topic: str) -> list[TopicPartition]:
        known = self._ask(f"list topic {topic}", lambda: self._client().list_topics(timeout=REQUEST_TIMEOUT))
        if topic not in known.topics:
            raise BrokerError(f"The Kafka broker has no topic {topic}.")
        return [TopicPartition(topic, partition) for partition in sorted(known.topics[topic].partitions)]

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is None or self._process is None:
            raise BrokerError(f"The Kafka broker does not run.\n{self.log()}")
        self._process.send_signal(number)

    def _ended(self) -> None:
        """Forget a process that has ended; its guard must not outlive it, for its number may be given again."""
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
        self._guard = self._process = self._admin = None
        self._suspended = False

    def _keep_archive(self) -> None:
        """Put the classes that Java wrote at its end into the cache, by one rename: they halve the time of a start."""
        archive, self._archive = self._archive, None
        if archive is None or self.folder is None or not (written := self.folder / archive.name).exists():
            return
        part = archive.with_name(f".{archive.name}-{os.getpid()}")
        try:
            shutil.copyfile(written, part)
            part.replace(archive)
        except OSError:  # a full or read-only cache costs time, nothing else
            part.unlink(missing_ok=True)
