"""CPU and latency of a relayed request beside nginx and Envoy, which only replace a header.

Keyreeve does all its steps: token, policy, durable audit, bearer, metering. CPU is user and system time of the relaying
process over requests; it stays comparable on a busy machine, rates do not. Rounds alternate; medians are printed."""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))
os.environ.setdefault("KEYREEVE_BIN", str(ROOT / ".build-release" / "release"))
from harness import Keyreeve, Person, free_ports  # noqa: E402
from policies import policy  # noqa: E402

BODY = json.dumps({"model": "gpt-5.5", "stream": True, "input": [{"role": "user", "content": "x" * 1800}]})
EVENTS = ('event: response.created\\ndata: {"type":"response.created","response":{"id":"resp_1"}}\\n\\n'
          + "".join('event: response.output_text.delta\\ndata: {"type":"response.output_text.delta","delta":"w%d"}\\n\\n'
                    % index for index in range(5))
          + 'event: response.completed\\ndata: {"type":"response.completed","response":{"id":"resp_1","usage":'
            '{"input_tokens":11,"output_tokens":7,"total_tokens":18}}}\\n\\n')
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of these processes, all threads."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def family(pid):
    """The process and its children: nginx relays in workers."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def rss_megabytes(pids):
    pages = sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def nginx(directory, name, server):
    place = directory / name
    place.mkdir()
    temporary = "".join(f"{kind}_temp_path {place}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(f"""
daemon off; worker_processes 2; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; {temporary} keepalive_requests 1000000; client_body_buffer_size 8m; client_max_body_size 64m;
{server} }}""")
    return subprocess.Popen(["nginx", "-p", place, "-e", place / "error.log", "-c", place / "nginx.conf"])


def envoy(directory, port, upstream):
    binary = next(pathlib.Path(sys.prefix).rglob("envoy"), None) or shutil.which("envoy")
    binaries = [path for path in pathlib.Path(sys.prefix).rglob("envoy*") if path.is_file() and os.access(path, os.X_OK)
                and path.stat().st_size > 1_000_000]
    binary = binaries[0] if binaries else binary
    config = directory / "envoy.json"
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "route": {"cluster": "upstream", "timeout": "0s"}}]}]},
        "http_filters": [
            {"name": "header_mutation", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
                "mutations": {"request_mutations": [{"append": {
                    "header": {"key": "authorization", "value": "Bearer sk-benchmark"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}]}}},
            {"name": "router", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": upstream}}
    config.write_text(json.dumps({"static_resources": {
        "listeners": [{"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                       "filter_chains": [{"filters": [{"name": "hcm", "typed_config": manager}]}]}],
        "clusters": [{"name": "upstream", "type": "STATIC", "connect_timeout": "5s", "load_assignment": {
            "cluster_name": "upstream", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}}]}}))
    return subprocess.Popen([binary, "-c", config, "--disable-hot-restart", "--concurrency", "2", "-l", "error"])


def wait_for(port, process):
    import socket
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            sys.exit(f"{process.args[0]} ended before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on {port}")


def load(directory, url, token, connections, seconds):
    """(requests, median latency in µs, p99, failures) of one wrk round."""
    script = directory / "post.lua"
    script.write_text(f"""
wrk.method = "POST"
wrk.body = [==[{BODY}]==]
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer {token}"
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, latency:percentile(50), latency:percentile(99), bad))
end
""")
    script.chmod(0o600)
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url],
                            text=True, capture_output=True, check=True).stdout
    return tuple(map(int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", output).groups()))


def write_policy(directory, port):
    for name, text in policy(port).items():
        path = directory / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory / "policies"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="krb."))
    directory.chmod(0o755)  # Postgres' user must get to its data
    base = free_ports(12)
    upstream, nginx_port, envoy_port = base + 8, base + 9, base + 10
    processes = []
    try:
        processes.append(nginx(directory, "upstream", f"""
server {{ listen 127.0.0.1:{upstream}; default_type text/event-stream; location / {{ return 200 '{EVENTS}'; }} }}"""))
        processes.append(nginx(directory, "nginx", f"""
upstream provider {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000; }}
server {{ listen 127.0.0.1:{nginx_port}; location / {{ proxy_pass http://provider; proxy_http_version 1.1;
proxy_set_header connection ""; proxy_set_header authorization "Bearer sk-benchmark"; proxy_buffering off; }} }}"""))
        processes.append(envoy(directory, envoy_port, upstream))
        for port, process in zip((upstream, nginx_port, envoy_port), processes):
            wait_for(port, process)
        keyreeve = Keyreeve(directory / "keyreeve", base)
        keyreeve.directory.mkdir()
        keyreeve.start()
        processes.append(keyreeve.process)
        admin = Person(keyreeve, directory / "admin")
        admin.run("login", "--server", keyreeve.control, "--code", "-", stdin=keyreeve.ready["code"])
        # As long as real ones are: header values that are shorter are not searched for it.
        admin.run("credential", "set", "fake-key", "--for", f"http://127.0.0.1:{upstream}", stdin="sk-benchmark".ljust(56, "0"))
        admin.run("apply", "-f", write_policy(directory, upstream), "--yes")
        admin.run("service-account", "create", "bench", "--role", "developer")
        token = json.loads(admin.run("api-token", "create", "bench", "--days", "1", "--json"))["token"]
        peers = {
            "direct": (f"http://127.0.0.1:{upstream}/v1/responses", None),
            "nginx": (f"http://127.0.0.1:{nginx_port}/v1/responses", processes[1].pid),
            "envoy": (f"http://127.0.0.1:{envoy_port}/v1/responses", processes[2].pid),
            "keyreeve": (f"{keyreeve.relay}/production/fake/responses", keyreeve.process.pid),
        }
        figures = measure(directory, peers, token, options)
        report(figures, options)
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGINT)
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(directory, ignore_errors=True)


def measure(directory, peers, token, options):
    figures = {}
    for connections in (1, 32, 128):
        for name, (url, _) in peers.items():
            load(directory, url, token, connections, 1)
        rounds = {name: [] for name in peers}
        for _ in range(options.rounds):
            for name, (url, pid) in peers.items():
                pids = family(pid) if pid else []
                # Postgres is a child of keyreeved and works for the ledger, not for the request.
                pids = [p for p in pids if "postgres" not in pathlib.Path(f"/proc/{p}/comm").read_text()]
                before = cpu_seconds(pids)
                requests, p50, p99, bad = load(directory, url, token, connections, options.seconds)
                if bad:
                    sys.exit(f"{name} failed {bad} of {requests} requests")
                rounds[name].append(((cpu_seconds(pids) - before) / max(requests, 1) * 1e6, p50, p99,
                                     rss_megabytes(pids)))
        figures[connections] = {name: [statistics.median(column) for column in zip(*rows)]
                                for name, rows in rounds.items()}
    return figures


def report(figures, options):
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds of "
          f"{options.seconds} s, 2 KB bodies; relay with every step and durable audit, peers replace one header\n")
    print("| connections | | CPU µs/request | × Envoy | × nginx | p50 µs | p99 µs | RSS MB |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|")
    for connections, peers in figures.items():
        for name, (cpu, p50, p99, rss) in peers.items():
            ratios = ["–", "–"] if name == "direct" else [f"{cpu / peers['envoy'][0]:.2f}",
                                                        f"{cpu / peers['nginx'][0]:.2f}"]
            shown = "–" if name == "direct" else f"{cpu:.1f}"
            print(f"| {connections} | {name} | {shown} | {ratios[0]} | {ratios[1]} | {p50:.0f} | {p99:.0f} | {rss:.0f} |")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
