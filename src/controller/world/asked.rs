//! For who asks what a pass would do: what has to be looked at first, and the pass. No client.

use super::{Lane, Now, World, lanes};
use crate::{
    controller::backend_object::BackendObject,
    reconcile::{Pass, entry::Key},
};

impl World {
    /// The backends that a pass over a connector looks at, as far as they exist. Until each was looked at, the pass
    /// finds it not ready.
    pub fn used_by(&self, key: &Key) -> Vec<BackendObject> {
        let lanes = lanes(self.connectors.get(key), &self.dependents, &self.backends, key);
        let backends = lanes.iter().filter_map(|lane| match lane {
            Lane::Backend(backend) => self.backends.get(backend),
            Lane::Bare => None,
        });
        backends.map(|state| state.object().clone()).collect()
    }

    /// The pass over a connector as it would be run now, whether or not it is due; `None` where none would be: the
    /// connector is suspended, or not known.
    pub fn pass_over(&mut self, key: &Key, now: Now) -> Option<Pass> {
        self.begin_pass(key, now)
    }
}
