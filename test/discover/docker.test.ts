import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDocker, type Docker } from '../../agent/discover/docker.ts';
import type { DockerEvent } from '../../agent/discover/engineShapes.ts';
import { settle } from '../fakeClock.ts';
import { createDeadlines } from './discovering.ts';
import { MANAGER, managerReplies, service, taskContainer, WORKER, workerReplies } from './engineAnswers.ts';
import { createFakeEngine, json, type Reply } from './fakeEngine.ts';

const never = new AbortController().signal;

/** An engine with these answers, and a client of it; their time stands still until a question hangs. */
async function engineWith(replies: Readonly<Record<string, Reply>>) {
  const engine = await createFakeEngine(replies);
  const { deadlineIn, advance } = createDeadlines();
  return {
    engine,
    docker: createDocker({ address: engine.address, timeoutMs: 100, deadlineIn }),
    async timeOut(): Promise<void> {
      while (engine.hanging === 0) await settle();
      advance(99);
      await settle();
      assert.equal(engine.hanging, 1, 'given up too early');
      advance(1);
    },
  };
}

/** What is wrong with an answer; fails where nothing is. */
async function problemOf(
  answer: Promise<Awaited<ReturnType<Docker['info']>> | Awaited<ReturnType<Docker['services']>>>,
) {
  const got = await answer;
  assert.ok(!got.ok, 'an answer that should have failed did not');
  return got.problem;
}

describe('Docker', () => {
  it('answers as a manager, in our own small shapes', async () => {
    const { engine, docker } = await engineWith(managerReplies);
    await using _engine = engine;
    assert.deepEqual(await docker.info(never), {
      ok: true,
      value: {
        engineId: 'ENGINE:ONE',
        hostname: 'm1',
        swarmState: 'active',
        swarmError: '',
        nodeId: MANAGER,
        nodeAddress: '10.77.0.1',
        isManager: true,
        managers: [{ id: MANAGER, address: '10.77.0.1' }],
      },
    });
    assert.deepEqual(await docker.nodes(never), {
      ok: true,
      value: [
        {
          id: MANAGER,
          hostname: `host-${MANAGER}`,
          address: '10.77.0.1',
          manager: true,
          raftLeader: true,
          status: 'ready',
        },
        {
          id: WORKER,
          hostname: `host-${WORKER}`,
          address: '10.77.0.2',
          manager: false,
          raftLeader: false,
          status: 'ready',
        },
      ],
    });
    assert.deepEqual(await docker.tasks(never), {
      ok: true,
      value: [
        {
          id: 'task1',
          serviceId: 'id-shop_wfe',
          nodeId: MANAGER,
          slot: 1,
          state: 'running',
          desiredState: 'running',
        },
      ],
    });
    assert.deepEqual(await docker.gateway(never), {
      ok: true,
      value: { address: '172.18.0.1', containers: { container1aa: '172.18.0.3' } },
    });
  });

  it('keeps of a service whether its health check is its own, switched off, or that of its image', async () => {
    const withTest = (test: object) => service('a', {}, { TaskTemplate: { ContainerSpec: test } });
    const { engine, docker } = await engineWith({
      '/services': json([
        withTest({}),
        withTest({ Healthcheck: { Test: ['NONE'] } }),
        withTest({ Healthcheck: { Test: ['CMD', 'x'] } }),
        withTest({ Healthcheck: { Interval: 5 } }),
      ]),
    });
    await using _engine = engine;
    const services = await docker.services(never);
    assert.ok(services.ok);
    assert.deepEqual(
      services.value.map(({ healthCheck }) => healthCheck),
      [undefined, false, true, undefined],
    );
  });

  it('reads the health of a container from the words of the list', async () => {
    const container = (State: string, Status: string) => taskContainer('c', 'a', 't', { State, Status });
    const { engine, docker } = await engineWith({
      '/containers/json': json([
        container('running', 'Up 5 minutes'),
        container('running', 'Up 5 minutes (healthy)'),
        container('running', 'Up 2 seconds (health: starting)'),
        container('running', 'Up 5 minutes (unhealthy)'),
        container('paused', 'Up 5 minutes (Paused)'),
        container('exited', 'Exited (137) 2 minutes ago'),
      ]),
    });
    await using _engine = engine;
    const containers = await docker.containers(true, never);
    assert.ok(containers.ok);
    assert.deepEqual(
      containers.value.map(({ running, docker: health }) => `${running} ${health}`),
      ['true running', 'true healthy', 'true starting', 'true unhealthy', 'true unhealthy', 'false running'],
    );
    assert.equal(containers.value[0]?.labels.maintainer, undefined);
  });

  it('gives the networks of a container by name, without those it has no address in', async () => {
    const at = (IPAddress: string) => ({ NetworkID: `net${IPAddress}`, IPAddress, Gateway: '' });
    const Networks = {
      web: at('10.0.2.1'),
      app: at('10.0.1.1'),
      host: at(''),
      db: { ...at(''), GlobalIPv6Address: 'fd00::1' },
    };
    const { engine, docker } = await engineWith({
      '/containers/json': json([taskContainer('c', 'a', 't', { NetworkSettings: { Networks } })]),
    });
    await using _engine = engine;
    const containers = await docker.containers(false, never);
    assert.ok(containers.ok);
    assert.deepEqual(
      containers.value[0]?.networks.map(({ name, address }) => `${name} ${address}`),
      ['app 10.0.1.1', 'db fd00::1', 'web 10.0.2.1'],
    );
    assert.equal(containers.value[0]?.onHostNetwork, true);
  });

  for (const [theirs, oldest, used] of [
    ['1.41', '1.12', 'v1.41'],
    ['1.52', '1.44', 'v1.52'],
    ['1.60', '1.44', 'v1.52'],
    ['1.70', '1.60', 'v1.60'],
    ['1.9', '', 'v1.9'],
  ] as const) {
    it(`is asked in version ${used} where it knows ${oldest || 'any'} to ${theirs}`, async () => {
      const versions = json({ ApiVersion: theirs, MinAPIVersion: oldest });
      const { engine, docker } = await engineWith({ ...managerReplies, '/version': versions });
      await using _engine = engine;
      assert.ok((await docker.info(never)).ok);
      assert.deepEqual(engine.requests, ['GET /version', `GET /${used}/info`]);
    });
  }

  it('is asked for its version once, and again after a failure', async () => {
    const { engine, docker } = await engineWith(managerReplies);
    await using _engine = engine;
    await docker.info(never);
    await docker.nodes(never);
    engine.replies.set('/info', { status: 400, message: 'client version 1.41 is too new' });
    await docker.info(never);
    await docker.nodes(never);
    assert.equal(engine.requests.filter((request) => request === 'GET /version').length, 2);
  });

  it('is only ever asked with GET', async () => {
    const { engine, docker } = await engineWith(managerReplies);
    await using _engine = engine;
    const { info, services, tasks, nodes, gateway } = docker;
    await Promise.all([info, services, tasks, nodes, gateway].map((ask) => ask(never)));
    await docker.containers(true, never);
    assert.deepEqual(
      engine.requests.filter((request) => !request.startsWith('GET ')),
      [],
    );
    assert.ok(engine.requests.includes('GET /v1.41/tasks?filters={"desired-state":["running"]}'));
    assert.ok(engine.requests.includes('GET /v1.41/containers/json?all=true'));
  });

  it('that is not a manager says so', async () => {
    const { engine, docker } = await engineWith(workerReplies);
    await using _engine = engine;
    assert.equal((await problemOf(docker.services(never))).kind, 'not-manager');
  });

  it('that answers 500 is a problem with what it said', async () => {
    const { engine, docker } = await engineWith({ '/info': { status: 500, message: 'disk is\nfull' } });
    await using _engine = engine;
    const problem = await problemOf(docker.info(never));
    assert.equal(problem.kind, 'status');
    assert.match(problem.message, /answered GET \/v1\.41\/info with 500 \(disk is full\)\.$/);
  });

  for (const misbehave of ['hang', 'drip'] as const) {
    it(`that answers with a ${misbehave} is given up in time`, async () => {
      const { engine, docker, timeOut } = await engineWith({ '/services': { misbehave } });
      await using _engine = engine;
      const [problem] = await Promise.all([problemOf(docker.services(never)), timeOut()]);
      assert.equal(problem.kind, 'timeout');
      assert.match(problem.message, /did not answer GET .*services within 100 ms/);
    });
  }

  it('that never says its version is given up in time', async () => {
    const { engine, docker, timeOut } = await engineWith({
      ...managerReplies,
      '/version': { misbehave: 'hang' },
    });
    await using _engine = engine;
    const [problem] = await Promise.all([problemOf(docker.info(never)), timeOut()]);
    assert.equal(problem.kind, 'timeout');
  });

  it('that cuts an answer off gives a problem and not a shorter list', async () => {
    const { engine, docker } = await engineWith({ '/services': { misbehave: 'cut-off' } });
    await using _engine = engine;
    assert.equal((await problemOf(docker.services(never))).kind, 'cut-off');
  });

  for (const [what, reply] of Object.entries({
    'a page of HTML': { text: '<html>hello</html>' },
    nothing: { text: '' },
    'half a list': { text: '[{"ID": "a"' },
    'an object in place of a list': json({ message: 'hello' }),
    'a list of numbers': json([1, 2]),
    null: json(null),
    'a service without a spec': json([{ ID: 'a' }]),
    'labels that are a list': json([service('a', {}, { Labels: ['msa.enable'] })]),
  })) {
    it(`that answers ${what} gives nonsense, and no list`, async () => {
      const { engine, docker } = await engineWith({ '/services': reply });
      await using _engine = engine;
      assert.equal((await problemOf(docker.services(never))).kind, 'nonsense');
    });
  }

  it('that is not there is unreachable, with what to do', async () => {
    const problem = await problemOf(createDocker({ address: 'unix:///nowhere/docker.sock' }).info(never));
    assert.equal(problem.kind, 'unreachable');
    assert.match(problem.message, /unix:\/\/\/nowhere\/docker\.sock can't be reached \(ENOENT\)/);
    assert.match(problem.hint, /Start Docker, or mount its socket/);
  });

  it('has no bridge to the node without a Swarm, and that is no problem', async () => {
    const { engine, docker } = await engineWith({
      '/networks/docker_gwbridge': { status: 404, message: 'no such network' },
    });
    await using _engine = engine;
    assert.deepEqual(await docker.gateway(never), { ok: true, value: { address: '', containers: {} } });
  });

  it('is left alone at once when the signal says so', async () => {
    const engine = await createFakeEngine({ '/version': { misbehave: 'hang' } });
    await using _engine = engine;
    const docker = createDocker({ address: engine.address, timeoutMs: 60_000 });
    const stopping = new AbortController();
    const asked = problemOf(docker.info(stopping.signal));
    stopping.abort();
    assert.equal((await asked).kind, 'unreachable');
    assert.equal((await problemOf(docker.info(stopping.signal))).kind, 'unreachable');
  });

  it('has an address that can be read, or the agent does not start', () => {
    for (const address of [
      '',
      '/var/run/docker.sock',
      'unix://',
      'tcp://',
      'ftp://x',
      'http://x/path',
      'tcp//x:1',
      'npipe://x',
    ]) {
      assert.throws(
        () => createDocker({ address }),
        /is not the address of a Docker engine: write unix:/,
        address,
      );
    }
  });

  it('is found where the address says, whatever DOCKER_HOST says', async (test) => {
    const before = process.env.DOCKER_HOST;
    test.after(() => {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    });
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
    const { engine, docker } = await engineWith(managerReplies);
    await using _engine = engine;
    assert.ok((await docker.info(never)).ok);
  });
});

describe('the events of Docker', () => {
  it('come one by one, and what is none of ours is left out', async () => {
    const { engine, docker } = await engineWith({});
    await using _engine = engine;
    const stopping = new AbortController();
    const events: DockerEvent[] = [];
    const attributes = { signal: '15', image: 'app:1' };
    const ended = docker.events(stopping.signal, {
      onOpen() {
        engine.emit({ Type: 'image', Action: 'pull', Actor: { ID: 'x', Attributes: {} } });
        engine.emit({ nonsense: true });
        engine.emit({
          Type: 'container',
          Action: 'kill',
          Actor: { ID: 'c1', Attributes: attributes },
          scope: 'local',
        });
        engine.emit({
          Type: 'service',
          Action: 'update',
          Actor: { ID: 's1', Attributes: {} },
          scope: 'swarm',
        });
      },
      onEvent(event) {
        events.push(event);
        if (event.kind === 'service') stopping.abort();
      },
    });
    await ended;
    assert.deepEqual(events, [
      { kind: 'container', id: 'c1', action: 'kill', signal: '15' },
      { kind: 'service' },
    ]);
    assert.match(engine.requests.at(-1) ?? '', /^GET \/v?[\d./]*events\?filters=.*health_status/);
    assert.doesNotMatch(engine.requests.at(-1) ?? '', /exec/);
  });

  it('tell when their stream is cut', async () => {
    const { engine, docker } = await engineWith({});
    await using _engine = engine;
    const problem = await docker.events(never, { onOpen: () => engine.cutEvents(), onEvent: () => {} });
    assert.equal(problem.kind, 'cut-off');
  });

  it('tell when they are refused', async () => {
    const { engine, docker } = await engineWith({
      '/events': { status: 403, message: 'forbidden by the proxy' },
    });
    await using _engine = engine;
    const problem = await docker.events(never, { onOpen: () => assert.fail(), onEvent: () => {} });
    assert.equal(problem.status, 403);
  });
});
