/** What `--help` prints. */
import { DECISION_SUPPORT_NOTICE } from '../contract/ecg.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';

const defaults = deviceSettingsSchema.parse({});

export const HELP = `kirchhoff: reads ECG recordings on this computer and says how sure it is

Usage:
  kirchhoff analyze <files|folders…> --out DIR [options]   analyse recordings and images, write reports
  kirchhoff analyze --help                                  all options
  kirchhoff convert <files|folders…> --to wfdb|edf|csv --out DIR   recordings in another format
  kirchhoff convert <files|folders…> --to png|raw --out DIR         images as pixels with what is known of them
  kirchhoff ablation [--device NAME] [--out FILE]           what each imperfection of the array does
  kirchhoff evaluate DIR [options]                          annotations against reference annotations (EC57)
  kirchhoff cost [NETWORK] [options]                        energy and latency of one inference
  kirchhoff cost --help                                     its options
  kirchhoff models export|check … --help                    networks for other software and hardware
  kirchhoff neurobench [NETWORK]                            NeuroBench's metrics, JSON
  kirchhoff --version

${DECISION_SUPPORT_NOTICE}
`;

const DELIMITED_TEXT_HELP = `Delimited text (CSV, TSV), where the file does not tell:
  --csv-rate HZ        rows a second
  --csv-time-unit UNIT of the time column: s, ms, us
  --csv-units UNIT     of the samples: V, mV, uV, nV
  --csv-leads LIST     names of the columns in order, without the time, _ leaves one out: I,II,_,V1`;

export const ANALYZE_HELP = `kirchhoff analyze <files|folders…> --out DIR [options]

Analyses ECG recordings, given directly or found in folders: WFDB, EDF, EDF+, BDF, DICOM waveforms, SCP-ECG, HL7 aECG,
ISHNE, GE MUSE and Philips XML, delimited text (docs/ecg-formats.md); and images: DICOM, PNG and JPEG in files,
folders and zip archives, but for pictures of fewer than 64 pixels a side that were not named (docs/dicom.md). Told by
content. Keeps nothing, needs no user. The same input, settings and seed give the same bytes.

Output:
  --out DIR            folder for the results, made where it does not exist
  --format LIST        json, pdf, wfdb, separated by commas                  (json)
                       wfdb writes beats and rhythms as annotations, <record>.kir; of images there is none
  --resume             skip records whose results are there with the same settings

Array and network:
  --device PROFILE     device profile, or the file of your own (.json)       (${defaults.profile})
  --drift-seconds N    time since the array was programmed, from 20          (${defaults.driftSeconds})
  --no-compensation    without global drift compensation
  --programming-seed N which chip: the draw of programming errors            (${defaults.programmingSeed})
  --samples N          Monte-Carlo samples a beat, 1 to 1024                 (${defaults.samples})
  --seed N             seed of the read noise                                (${defaults.seed})

${DELIMITED_TEXT_HELP}

Work:
  --jobs N             worker threads                                        (all cores, 8 at most)
  --shard I/N          only the I-th of N parts of the records, I from 1

Standard output: progress on a terminal, else one JSON line a record:
  {"input", "kind", "status": "analysed"|"refused"|"error", "findings", "summary", "error", "provenance"}
The lines are also in DIR/results.jsonl (with --shard: DIR/results-I-of-N.jsonl).

Exit code: 0 all analysed or refused with a reason, 1 some failed, 2 usage.

${DECISION_SUPPORT_NOTICE}
`;

export const CONVERT_HELP = `kirchhoff convert <files|folders…> --to FORMAT --out DIR [options]

Writes recordings of any format that is read in another one, as they were recorded: no lead is added.

  --to FORMAT          wfdb: record with 16-bit samples, checksums, annotations
                       edf: EDF+ with annotations
                       csv: seconds and millivolts, one row a sample
  --out DIR            folder for the files, made where it does not exist

${DELIMITED_TEXT_HELP}

Annotations beside a WFDB record (.atr) and events of other formats are kept in WFDB and EDF+. Standard output: one
JSON line a record. Exit code: 0 all converted, 1 some failed, 2 usage.

Of images (DICOM, PNG, JPEG, found in files, folders and zip archives) it writes the pixels, one file a frame, and
beside them FILE.json with patient, study, technique, geometry, modality transform and windows:
  --to png             16-bit grey or colour, lossless; the JSON names the offset by which negative values were moved
       raw             stored values, little endian, row by row; the JSON names their type
`;

export const ABLATION_HELP = `kirchhoff ablation [options]

Runs the beat network over the reference beats of the recordings that ship, in fp32 and on five programmed
arrays under every condition: each imperfection of the array alone, all together, without compensation, and with
wires and stuck devices added. Prints accuracy, F1 of ventricular (V) and supraventricular (S) beats,
calibration error and the mean epistemic part of the doubt.

  --device NAME   device profile, or a file of your own  pcm-nandakumar-2019
  --out FILE      also writes the figures as JSON
`;

export const EVALUATE_HELP = `kirchhoff evaluate DIR [options]

Scores the test annotations of the WFDB records in a folder against their reference annotations by the rules of
ANSI/AAMI EC57, as the WFDB programs bxb (QRS, beats), rxr (runs) and epicmp (episodes) carry them out, and waves
and their intervals where both sides mark them: per record, gross (counts added) and average (mean over records).
Waves are ( peak ) in a row, peaks p, a beat and t; one file holds one lead. kirchhoff analyze --format wfdb writes its
beats and rhythms as <record>.kir. What each imperfection of the array does to the beats is another table: kirchhoff
evaluate --ablation, which is kirchhoff ablation.

  --reference EXT      extension of the reference annotations               (atr)
  --test EXT           extension of the test annotations                    (kir)
  --out FILE           JSON: figures, counts, confusion matrices, rules
  --json               JSON instead of the table on standard output
  --from SECONDS       beats before are not counted: the learning period    (300)
  --window SECONDS     furthest apart that two beats match                  (0.15)
  --escape N|S         class of escape beats e and j: S as in bxb, N as in most papers   (S)
  --include-paced      count records with paced beats, which EC57 leaves out

Exit code: 0 scored, 1 failed, 2 usage.
`;

export const COST_HELP = `kirchhoff cost [NETWORK] [options]

Energy and latency of one beat on the chip whose devices a profile describes, by layer and source, beside digital
logic. An estimate from published figures: every constant is printed with its source, its technology node and how
firmly it stands (docs/cost.md).

  --device PROFILE     device profile, or the file of your own (.json)       (${defaults.profile})
  --chip NAME          chip to count on: hermes-2023, neurram-2022            (the one of the profile)
  --samples N          Monte-Carlo samples a beat, 1 to 1024                 (${defaults.samples})
  --json               JSON, energies in picojoules, times in nanoseconds
`;

export const MODELS_HELP = `kirchhoff models export NETWORK --out DIR|FILE [options]
kirchhoff models check BUNDLE [--chips N | --outputs FILE]
kirchhoff models check FILE.onnx

Takes a network to other software and hardware, and says whether what they compute agrees (docs/portable-models.md).

export
  NETWORK              ecg-beats, ecg-rhythm, cxr-paediatric
  --out DIR|FILE       folder of a bundle, or file of the other formats
  --format FORMAT      bundle, onnx, nir                                     (bundle)
                       bundle: network, mapping, device profile, calibration, inputs with expected outputs
  --device PROFILE     device profile of a bundle, or a file of your own     (${defaults.profile})

check
  BUNDLE               folder of a bundle: computed here in software, on its chip and on another one
  --chips N            how many others, 1 to 1000                            (1)
  --outputs FILE       safetensors with what other hardware gave for the bundle's inputs: logits, probabilities
  FILE.onnx            whether the array computes the network, or all that keeps it from doing so

Standard output: one JSON line a comparison. Exit code: 0 agrees or can be read, 1 not, 2 usage.
`;

export const NEUROBENCH_HELP = `kirchhoff neurobench [NETWORK]

NeuroBench's metrics of the network by the definitions of its harness, as its flat JSON: Footprint, ParameterCount,
ConnectionSparsity, ClassificationAccuracy, ActivationSparsity, SynapticOperations. They are the fp32 network's, on
the files in samples/ (docs/neurobench.md). NETWORK: ecg-beats, ecg-rhythm, cxr-paediatric. MembraneUpdates do not apply.
`;
