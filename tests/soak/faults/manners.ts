import { audioOf, chainOf } from '../../harness/messages.js';
import { compare, type Fault, outcomeOf, WELL } from './fault.js';

const MANNERS = ['close_output', 'fork', 'detach', 'change_folder', 'ignore_signals', 'fill_output'];

/** Nodes that work, but leave something behind or say too much: nothing may come of it. */
export const MANNERS_FAULT: Fault = {
  name: 'bad manners',
  weight: 6,
  async run({ draw, client, name }) {
    const manner = draw.pick(MANNERS);
    const bad = `${name}-bad`;
    const manifest = chainOf({ [bad]: ['BadMannersNode', { manner }] }, { cleanup_grace_period_secs: 0.5 });
    const answer = client.execute({ manifest, data_inputs: { [bad]: audioOf(64) } });
    return compare(`bad manners (${manner})`, WELL, await outcomeOf(answer));
  },
};
