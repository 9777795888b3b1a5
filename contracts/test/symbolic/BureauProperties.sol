// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {BureauMember} from "../support/BureauMember.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev A market can always report what happens to a loan that it started, whatever it reports.
contract BureauProperties is SymbolicBase, BureauMember {
    CreditBureau private bureau;

    function setUp() public {
        bureau = new CreditBureau(address(1), 365 days, 0, ICreditBureau.Kind.Credential);
        vm.prank(address(1));
        bureau.addMember(address(this), IApplicationGate(address(this)));
        bureau.reserve(Nullifier.wrap(7), block.timestamp);
        bureau.start(Nullifier.wrap(7), 1, 0);
    }

    function check_ProgressIsTotal(uint256 onTime, uint256 late, uint256 graceEndsAt) external {
        (bool done,) = address(bureau).call(
            abi.encodeCall(bureau.progress, (Nullifier.wrap(7), onTime, late, graceEndsAt))
        );
        assert(done);
    }

    function check_CloseIsTotal(uint256 onTime, uint256 late, bool defaulted) external {
        bureau.progress(Nullifier.wrap(7), onTime, late, 0);
        ICreditBureau.Ending ending =
            defaulted ? ICreditBureau.Ending.Defaulted : ICreditBureau.Ending.Repaid;
        (bool done,) =
            address(bureau).call(abi.encodeCall(bureau.close, (Nullifier.wrap(7), ending)));
        assert(done);
    }

    function check_NobodyElseReports(address other, uint256 onTime, uint256 late) external {
        vm.assume(other != address(this));
        vm.prank(other);
        (bool done,) = address(bureau).call(
            abi.encodeCall(bureau.progress, (Nullifier.wrap(7), onTime, late, 0))
        );
        assert(!done);
    }

    function check_CountersNeverFall(uint256 onTime, uint256 late) external {
        bureau.progress(Nullifier.wrap(7), 5, 3, 0);
        bureau.progress(Nullifier.wrap(7), onTime, late, 0);
        ICreditBureau.Record memory found = bureau.recordOf(Nullifier.wrap(7));
        assert(found.onTime >= 5 && found.late >= 3 && found.opened == 1 && found.open == 1);
    }
}
