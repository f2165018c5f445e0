import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeerList } from '../../agent/settings/peerList.ts';

const mistakes = (text: string): readonly string[] => {
  const list = parsePeerList(text);
  return list.ok ? [] : list.mistakes;
};

test('regions and the addresses of their agents are read, however they are spaced', () => {
  assert.deepEqual(
    parsePeerList(
      ' west = 10.0.1.1:7071, 10.0.1.2 ;\n witness=w.example.org:7171; six=[fd00::1]:7071,[fd00::2] ;',
    ),
    {
      ok: true,
      regions: [
        { name: 'west', addresses: ['10.0.1.1:7071', '10.0.1.2'] },
        { name: 'witness', addresses: ['w.example.org:7171'] },
        { name: 'six', addresses: ['[fd00::1]:7071', '[fd00::2]'] },
      ],
    },
  );
  assert.deepEqual(parsePeerList(''), { ok: true, regions: [] });
});

test('all that is wrong with a list is said at once', () => {
  assert.deepEqual(
    mistakes(
      'west=10.0.1.1:7071,10.0.1.256,10.0.1.3:0; west=10.0.1.1:7071; a b=x; lone; none=; u=http://x:1; s=fd00::1',
    ),
    [
      'west: "10.0.1.256" has no host that could exist',
      'west: "10.0.1.3:0" has no port from 1 to 65535',
      '"a b" is no name of a region: use letters, digits, "-" and "_" only',
      '"lone" is no entry: write <region>=<address>,<address>',
      'region none has no address: give at least one of its agents',
      'u: "http://x:1" is a URL: give host and port alone, as in 10.0.1.1:7071',
      's: "fd00::1" is no address: put IPv6 addresses in brackets, as in [fd00::1]:7071',
      'region west is there twice: put all its addresses into one entry',
      'address 10.0.1.1:7071 is there twice: each agent belongs to one region',
    ],
  );
});

test('more regions or addresses than anybody has are a mistake', () => {
  const regions = Array.from({ length: 201 }, (_, n) => `r${n}=10.0.${n}.1`).join(';');
  assert.deepEqual(mistakes(regions), ['there are more than 200 regions']);
  const addresses = Array.from({ length: 101 }, (_, n) => `10.0.0.${n}`).join(',');
  assert.deepEqual(mistakes(`west=${addresses}`), [
    'region west has more than 100 addresses: a few are enough',
  ]);
});
