// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HashVerifier} from "./HashVerifier.sol";

/// @title Verifier for tests of the ledger, with the seven inputs of `ledger_entry`
contract EntryVerifier is HashVerifier(7) {}
