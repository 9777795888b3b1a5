// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {RegistryHandler} from "./support/RegistryHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev What the registry says is what its definition says, after any sequence of calls.
contract IssuerRegistryInvariantTest is TestBase {
    RegistryHandler private handler;
    IssuerRegistry private registry;

    function setUp() public {
        handler = new RegistryHandler();
        registry = handler.theRegistry();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantTheRegistrySaysWhatItsDefinitionSays() public {
        checkEverything();
    }

    function testLongLivesFollowTheDefinition() public {
        uint256 changes;
        for (uint256 life = 0; life < 8; ++life) {
            setUp();
            uint256 last;
            for (uint256 i = 0; i < 120; ++i) {
                handler.step(uint256(keccak256(abi.encode("registry", life, i))));
                checkEverything();
                if (registry.currentRoot() != last) changes += 1;
                last = registry.currentRoot();
            }
        }
        assertTrue(changes > 40, "current roots");
    }

    function checkEverything() private {
        handler.observe();
        assertEq(registry.currentRoot(), handler.rootOf(handler.current()), "current");
        uint256[] memory pending = handler.pending();
        uint256[] memory found = registry.pendingRoots();
        assertEq(found.length, pending.length, "pending");
        for (uint256 i = 0; i < pending.length; ++i) {
            assertEq(found[i], pending[i], "pending root");
        }
        uint256[3] memory ages = [uint256(0), 1 days, type(uint256).max];
        for (uint256 root = 0; root <= handler.rootCount(); ++root) {
            assertTrue(registry.rootRecord(root).withdrawn == handler.refused(root), "refused");
            for (uint256 i = 0; i < ages.length; ++i) {
                bool fresh = handler.isFresh(root, ages[i]);
                assertTrue(registry.isFresh(root, ages[i]) == fresh, "fresh");
            }
        }
    }
}
