//! arkworks (ark-groth16). Arguments: folder.
//!
//! It reads the constraints (`.r1cs`) and the witness (`.wtns`) of two circuits, makes a key of its
//! own for each, and then serves `peers.py`: a line of standard input names one piece of work, and
//! a line of JSON answers. Matrices, key and witness stay in memory, so that a proof is what
//! ark-groth16 computes of them alone.

use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{PrimeField, UniformRand};
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, ProvingKey};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, LinearCombination, Matrix,
    SynthesisError, SynthesisMode, Variable, R1CS_PREDICATE_LABEL,
};
use ark_snark::SNARK;
use ark_std::rand::rngs::OsRng;

type Terms = Vec<(Fr, Variable)>;

/// A file of iden3's sections, read from the front.
struct Bytes(Vec<u8>, usize);

impl Bytes {
    /// The section of this kind: each is a u32 kind, a u64 size and its bytes.
    fn section(path: &Path, kind: u32) -> Result<Bytes, Box<dyn Error>> {
        let mut file = Bytes(std::fs::read(path)?, 8);
        for _ in 0..file.u32() {
            let found = file.u32();
            let size = file.u64() as usize;
            let body = file.take(size).to_vec();
            if found == kind {
                return Ok(Bytes(body, 0));
            }
        }
        Err(format!("{} lacks section {kind}", path.display()).into())
    }

    fn take(&mut self, count: usize) -> &[u8] {
        self.1 += count;
        &self.0[self.1 - count..self.1]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn element(&mut self) -> Fr {
        Fr::from_le_bytes_mod_order(self.take(32))
    }
}

/// The constraints and the values of all wires; wire 0 is one, and the public wires follow it.
struct Circuit {
    public: usize,
    wires: Vec<Fr>,
    rows: Vec<[Terms; 3]>,
}

impl Circuit {
    fn read(folder: &Path, name: &str) -> Result<Circuit, Box<dyn Error>> {
        let path = folder.join(format!("{name}.r1cs"));
        let mut header = Bytes::section(&path, 1)?;
        header.take(36);
        let (count, outputs, inputs) = (header.u32(), header.u32(), header.u32());
        header.take(12);
        let (public, constraints) = ((outputs + inputs) as usize, header.u32());
        let mut body = Bytes::section(&path, 2)?;
        let mut terms = || -> Terms {
            let wire = |index: usize| match index {
                0 => Variable::One,
                _ if index <= public => Variable::instance(index),
                _ => Variable::witness(index - public - 1),
            };
            (0..body.u32())
                .map(|_| (body.u32() as usize, body.element()))
                .map(|(index, factor)| (factor, wire(index)))
                .collect()
        };
        let rows = (0..constraints)
            .map(|_| [terms(), terms(), terms()])
            .collect();
        let mut values = Bytes::section(&folder.join(format!("{name}.wtns")), 2)?;
        let wires = (0..count).map(|_| values.element()).collect();
        Ok(Circuit {
            public,
            wires,
            rows,
        })
    }
}

impl ConstraintSynthesizer<Fr> for &Circuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        for (index, value) in self.wires.iter().enumerate().skip(1) {
            let _ = if index <= self.public {
                cs.new_input_variable(|| Ok(*value))?
            } else {
                cs.new_witness_variable(|| Ok(*value))?
            };
        }
        for row in &self.rows {
            let [a, b, c] = row
                .each_ref()
                .map(|terms| || LinearCombination(terms.clone()));
            cs.enforce_r1cs_constraint(a, b, c)?;
        }
        Ok(())
    }
}

/// What a prover keeps in memory.
struct Prover {
    circuit: Circuit,
    matrices: Vec<Matrix<Fr>>,
    key: ProvingKey<Bn254>,
    verifier: PreparedVerifyingKey<Bn254>,
}

impl Prover {
    fn new(circuit: Circuit) -> Result<Prover, Box<dyn Error>> {
        let (key, verifying) = Groth16::<Bn254>::circuit_specific_setup(&circuit, &mut OsRng)?;
        let cs = ConstraintSystem::new_ref();
        cs.set_mode(SynthesisMode::Prove {
            construct_matrices: true,
            generate_lc_assignments: false,
        });
        circuit.generate_constraints(cs.clone())?;
        cs.finalize();
        let matrices = cs
            .to_matrices()?
            .remove(R1CS_PREDICATE_LABEL)
            .ok_or("no constraints")?;
        let verifier = Groth16::<Bn254>::process_vk(&verifying)?;
        Ok(Prover {
            circuit,
            matrices,
            key,
            verifier,
        })
    }

    fn prove(&self) -> Result<Proof<Bn254>, Box<dyn Error>> {
        let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
        let (inputs, rows) = (self.circuit.public + 1, self.circuit.rows.len());
        let wires = &self.circuit.wires;
        Ok(Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &self.key,
            r,
            s,
            &self.matrices,
            inputs,
            rows,
            wires,
        )?)
    }

    fn verify(&self, proof: &Proof<Bn254>) -> Result<(), Box<dyn Error>> {
        let public = &self.circuit.wires[1..=self.circuit.public];
        match Groth16::<Bn254>::verify_with_processed_vk(&self.verifier, public, proof)? {
            true => Ok(()),
            false => Err("arkworks does not accept its own proof".into()),
        }
    }

    /// α, β, γ, δ and the points of the public wires, as the contracts' words.
    fn verifying_key(&self) -> Vec<String> {
        let key = &self.key.vk;
        let g2 = [key.beta_g2, key.gamma_g2, key.delta_g2];
        let ends = [g1(&key.alpha_g1), g2.iter().flat_map(in_g2).collect()].concat();
        [ends, key.gamma_abc_g1.iter().flat_map(g1).collect()].concat()
    }
}

fn words(numbers: &[Fq]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| format!("\"{}\"", number.into_bigint()))
        .collect()
}

fn g1(point: &G1Affine) -> Vec<String> {
    let (x, y) = point.xy().unwrap_or_default();
    words(&[x, y])
}

fn in_g2(point: &G2Affine) -> Vec<String> {
    let (x, y) = point.xy().unwrap_or_default();
    words(&[x.c1, x.c0, y.c1, y.c0])
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder")?;
    let names = ["credit", "eligibility"];
    let mut provers = Vec::new();
    for name in names {
        provers.push(Prover::new(Circuit::read(Path::new(&folder), name)?)?);
    }
    let mut last = provers[0].prove()?;
    let keys = [0, 1].map(|i| {
        format!(
            "\"{}\": [{}]",
            names[i],
            provers[i].verifying_key().join(", ")
        )
    });
    println!(
        "{{\"ready\": [\"prove\", \"prove_eligibility\", \"verify\"], \"keys\": {{{}}}}}",
        keys.join(", ")
    );
    for line in std::io::stdin().lock().lines() {
        let start = Instant::now();
        let proof = match line?.trim() {
            "prove" => {
                last = provers[0].prove()?;
                Some(last.clone())
            }
            "prove_eligibility" => Some(provers[1].prove()?),
            "verify" => provers[0].verify(&last).map(|()| None)?,
            other => return Err(format!("unknown work: {other}").into()),
        };
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        let shown = proof
            .as_ref()
            .map(|p| [g1(&p.a), in_g2(&p.b), g1(&p.c)].concat().join(", "));
        println!(
            "{{\"ms\": {ms}, \"words\": [{}], \"peak_mib\": {}}}",
            shown.unwrap_or_default(),
            peak_mib()
        );
    }
    Ok(())
}
