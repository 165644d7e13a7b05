"""`ambulo`: bring the suite up, serve parts of it, and look after it."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from embedded import ServerFailed, Servers, StateInUse
from rich.console import Console

from suite.services import NAMES, SERVICES, spread

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
# Not wrapped where nobody looks at it: what reads a line wants the whole of it.
say = Console(stderr=True, soft_wrap=not sys.stderr.isatty())

State = Annotated[Path, typer.Option(help="Where everything of this machine's suite is kept.", envvar="AMBULO_STATE")]
_STATE = Path(".ambulo")
_TRACES = "traces.jsonl"


@app.command()
def up(
    state: State = _STATE,
    port: Annotated[int, typer.Option(help="Of the gateway; 0 takes any that is free.")] = 8000,
    processes: Annotated[
        int, typer.Option(help="How many processes share the services; 0: a core less than there are.")
    ] = 0,
    demo: Annotated[bool, typer.Option(help="Load the demo clinics if they are not there.")] = True,
    trace: Annotated[bool, typer.Option(help="Record every trace, for `ambulo trace`; slower.")] = False,
    web: Annotated[bool, typer.Option(help="Build the web app if its sources changed, and serve it.")] = True,
) -> None:
    """Bring the whole suite up on this machine and stay until Ctrl-C."""
    from suite.machine import Machine

    began = time.monotonic()
    count = processes or max(1, min(3, (os.cpu_count() or 1) - 1))
    tracing = {"TRACE_FILE": str(state.resolve() / _TRACES), "OTEL_TRACES_SAMPLER": "always_on"} if trace else {}
    told = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: told.set())

    def progress(what: str) -> None:
        say.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {what}")
        if told.is_set():
            raise typer.Exit(130)

    app_folder = {"WEB_FOLDER": folder} if web and (folder := _web_app(progress)) else {}
    machine = Machine(state, spread(count), port=port, environment=tracing | app_folder)
    try:
        machine.start(progress)
    except (StateInUse, ServerFailed) as error:
        say.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    try:
        say.print(
            f"\n[bold green]Ambulo is up[/bold green] after {time.monotonic() - began:.0f} s:"
            f" [bold]{machine.url}{'' if app_folder else '/docs'}[/bold]"
        )
        say.print(
            f"Sign in as admin@clinica-napoca.example {'there' if app_folder else 'as below'};"
            f" the mail with the link is at [bold]{machine.addresses.mail_url}[/bold]"
        )
        if not app_folder:
            say.print(_how_to_sign_in(machine.url), highlight=False, soft_wrap=True)
        say.print(f"[dim]Log: {machine.state / 'suite.log'}. Ctrl-C stops everything.[/dim]")
        if demo:
            say.print("[dim]demo[/dim]  Looking after the demo clinics; the first time it takes half a minute")
            threading.Thread(target=_load_demo, args=(machine.environment, machine.state), daemon=True).start()
        while not told.wait(0.5):
            for name in machine.revive():
                say.print(f"[yellow]{name} had died and was started again; see {machine.state / 'suite.log'}[/yellow]")
    finally:
        say.print("Stopping")
        machine.stop()


def _web_app(progress: Callable[[str], None]) -> str:
    """Its folder; empty if it cannot be built: the rest of the suite is good without."""
    from suite.web import BuildFailed, built

    try:
        return str(built(progress))
    except (BuildFailed, OSError) as failure:
        say.print(f"[yellow]The web app could not be built[/yellow]; going on without it. {failure}", markup=True)
        return ""


def _load_demo(environment: dict[str, str], state: Path) -> None:
    """Beside the suite that already answers; the first clinic is there after a few seconds."""
    from suite.demo import load

    try:
        asyncio.run(load(environment, state, lambda what: say.print(f"[dim]demo[/dim]  {what}")))
    except Exception as error:  # noqa: BLE001  # the suite goes on without it
        say.print(f"[red]The demo clinics could not be loaded[/red]: {error}; try again with `make demo`")
    else:
        say.print("[dim]demo[/dim]  The demo clinics are there")


def _how_to_sign_in(url: str) -> str:
    return (
        f"  curl -X POST {url}/v1/sign-in-links -H 'Content-Type: application/json' "
        """-d '{"email": "admin@clinica-napoca.example"}'"""
    )


@app.command()
def serve(
    names: Annotated[list[str], typer.Argument(help=f"Of: {', '.join(NAMES)}.")],
    only: Annotated[
        str, typer.Option(help="rpc answers requests, events relays, hears and ticks, all does both.")
    ] = "all",
) -> None:
    """Serve some services, or the gateway, in this process. Settings come from the environment."""
    unknown = [name for name in names if name not in NAMES]
    if unknown or only not in ("all", "rpc", "events"):
        say.print(f"[red]unknown: {', '.join(unknown) or only}[/red]; there are {', '.join(NAMES)}")
        raise typer.Exit(2)
    import uvloop

    from suite.serving import serve as serve_here

    uvloop.run(serve_here(names, only))


@app.command()
def migrate(
    names: Annotated[list[str] | None, typer.Argument(help="Services; all if absent.")] = None, state: State = _STATE
) -> None:
    """Bring databases to this code's schema, as their owners."""
    from chassis.migrate import head, upgrade

    environment = _environment(state)
    for name in _services(names):
        upgrade(SERVICES[name], environment["DATABASE_OWNER_URL"].format(service=name))
        say.print(f"{name} is at {head(SERVICES[name])}")


@app.command()
def demo(state: State = _STATE) -> None:
    """Load the demo clinics into the suite that runs. Repeatable."""
    from suite.demo import load

    asyncio.run(load(_environment(state), state, say.print, again=True))


@app.command()
def load(
    bundle: Annotated[
        Path, typer.Argument(help="A FHIR R4 Bundle, a resource, NDJSON, or a folder of them.", exists=True)
    ],
    clinic: Annotated[str, typer.Option(help="Name of the clinic, if no Organization says.")] = "",
    zone: Annotated[str, typer.Option(help="IANA time zone where nothing says which, e.g. Europe/Bucharest.")] = "",
    admin: Annotated[str, typer.Option(help="E-mail address to invite as the clinic's admin.")] = "",
    state: State = _STATE,
) -> None:
    """Load a clinic from FHIR R4. Repeatable; reports each resource; exits 1 if anything failed."""
    from ambulo.identity.v1 import memberships_pb2

    from suite.load import NothingToLoad
    from suite.load import load as load_bundle
    from suite.operator import Operator

    async def run() -> bool:
        async with Operator(_environment(state)) as operator:
            loaded = await load_bundle(bundle, operator, clinic_hint=clinic, default_zone=zone, progress=say.print)
            if admin:
                await operator.invite(loaded.clinic_id, admin, memberships_pb2.ROLE_ADMIN)
        for line in loaded.table():
            say.print(line, highlight=False, soft_wrap=True, markup=False)
        say.print(f"The clinic's id is {loaded.clinic_id}")
        return not loaded.failures

    try:
        complete = asyncio.run(run())
    except NothingToLoad as error:
        say.print(f"[red]{error}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if complete else 1)


@app.command()
def redrive(
    service: Annotated[str, typer.Argument(help="Whose dead letters.")],
    event_id: Annotated[str | None, typer.Argument(help="One event; all if absent.")] = None,
    state: State = _STATE,
) -> None:
    """Handle a service's dead letters again; exits 1 if any fails again."""
    from uuid import UUID

    from chassis.process import redrive as handle_again

    _services([service])
    os.environ.update(_environment(state))
    settings = SERVICES[service].settings()  # type: ignore[call-arg]  # from the environment
    done, failed = asyncio.run(handle_again([SERVICES[service]], settings, UUID(event_id) if event_id else None))
    say.print(f"{done} handled, {failed} failed again")
    raise typer.Exit(1 if failed else 0)


@app.command()
def replay(
    service: Annotated[str, typer.Argument(help="Who is to hear again what its streams still hold, e.g. scheduling.")],
    state: State = _STATE,
) -> None:
    """Let a running service hear all events again; it goes on answering. Exits 1 if it does not catch up."""
    from suite.replay import NothingHeard
    from suite.replay import replay as hear_again

    _services([service])
    try:
        done = asyncio.run(hear_again(service, _environment(state), say.print))
    except (NothingHeard, TimeoutError) as error:
        say.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    for table, count in done.untold.items():
        say.print(f"[yellow]{count} rows of {table} are older than the streams, and were kept[/yellow]")
    say.print(f"{done.events} events heard")


@app.command()
def lag(
    names: Annotated[list[str] | None, typer.Argument(help="Services; all if absent.")] = None, state: State = _STATE
) -> None:
    """Show how many events each service has still to hear."""
    from suite.replay import lags

    for name, waiting in asyncio.run(lags(_services(names), _environment(state))).items():
        told = "cannot be told: a consumer is missing" if waiting is None else f"{waiting} events to hear"
        say.print(f"{name}: {told}")


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Services; all if absent.")] = None,
    state: State = _STATE,
    report: Annotated[str, typer.Option(help="The signed report's file, - for stdout; absent: one in --state.")] = "",
    check: Annotated[Path | None, typer.Option(help="Only say whether this report is genuine.", exists=True)] = None,
) -> None:
    """Check audit trails, booking's claims, and its events against its tables; exits 1 on any difference."""
    from suite.verification import verify as verify_all
    from suite.verification.signed import signed

    if check is not None:
        raise typer.Exit(0 if _is_genuine(check, state) else 1)
    environment = _environment(state)
    found = asyncio.run(verify_all(_services(names), environment))
    say.print(found.table())
    for line in found.lines():
        say.print(line, highlight=False, markup=False, soft_wrap=True)
    document = signed(found.facts(), environment["INTERNAL_KEY_FILE"])
    if report == "-":
        typer.echo(document, nl=False)
    else:
        file = Path(report) if report else state / f"verify-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document)
        say.print(f"[dim]The signed report is {file}[/dim]", soft_wrap=True)
    raise typer.Exit(0 if found.is_clean else 1)


def _is_genuine(file: Path, state: Path) -> bool:
    """Whoever has the public keys can say so; nothing need run."""
    from suite.verification.signed import Forged, opened

    try:
        facts = opened(file.read_bytes(), os.environ.get("INTERNAL_KEYS_FILE") or state / "secrets" / "keys.json")
    except Forged as forged:
        say.print(f"[red]{file} is not genuine[/red]: {forged}", soft_wrap=True)
        return False
    except FileNotFoundError as missing:
        say.print(f"[red]It cannot be told[/red] without the public keys, {missing.filename}", soft_wrap=True)
        return False
    what = "no differences" if facts["is_clean"] else "there are differences"
    say.print(f"{file} is genuine. It says: {what}", soft_wrap=True)
    return True


@app.command()
def trace(
    wanted: Annotated[
        str, typer.Argument(help="A request id (X-Request-Id) or trace id; the last few if absent.")
    ] = "",
    state: State = _STATE,
) -> None:
    """Show where the time of a request went: each step through gateway, services, SQL and events."""
    from suite import traces

    file = state / _TRACES
    if not file.exists():
        say.print("[red]Nothing was recorded[/red]: start the suite with `make up TRACE=1`")
        raise typer.Exit(1)
    spans = traces.read(file)
    roots = traces.trees(traces.of_request(spans, wanted) if wanted else spans)
    if not roots:
        say.print(f"[red]No trace knows {wanted}[/red]")
        raise typer.Exit(1)
    for root in roots if wanted else [r for r in roots if "path" in r.attributes][-5:]:
        for line in traces.lines(root):
            typer.echo(line)


@app.command()
def psql(service: Annotated[str, typer.Argument(help="Whose database.")], state: State = _STATE) -> None:
    """Open a service's database, as its owner."""
    from embedded.postgres import binary

    _services([service])
    url = _environment(state)["DATABASE_OWNER_URL"].format(service=service)
    os.execv(binary("psql"), ["psql", url])  # noqa: S606


@app.command()
def reset(state: State = _STATE) -> None:
    """Drop all state of this machine's suite."""
    try:
        Servers.erase(state / "servers")
    except StateInUse as error:
        say.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    import shutil

    shutil.rmtree(state, ignore_errors=True)
    say.print(f"{state} is gone")


def _services(names: list[str] | None) -> list[str]:
    """Those named, or all; nothing is begun if one of them does not exist."""
    unknown = [name for name in names or () if name not in SERVICES]
    if unknown:
        say.print(f"[red]there is no service {', '.join(unknown)}[/red]; there are {', '.join(SERVICES)}")
        raise typer.Exit(2)
    return names or list(SERVICES)


def _environment(state: Path) -> dict[str, str]:
    from suite.machine import running

    try:
        return running(state)
    except FileNotFoundError as error:
        say.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None


if __name__ == "__main__":
    sys.exit(app())
