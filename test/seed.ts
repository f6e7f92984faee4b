import fc from 'fast-check';

// Whether a change lands is not to hang on luck: with LOCKSTEP_TEST_SEED the inputs of the properties are the
// same each time. Without it each run tries new ones.
fc.configureGlobal({ seed: Number(process.env.LOCKSTEP_TEST_SEED) });
