console.log("lockstep")
